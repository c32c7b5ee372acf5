namespace Retort.Data.Formats;

/// <summary>A row of a file whose columns are not known beforehand. Rows with the same columns share one list of names.</summary>
/// <param name="Line">The physical line on which it starts, from 1; of a Parquet file the row, from 1.</param>
/// <param name="Names">The columns' names. What a JSON object or a list holds has its column's name before its own: <c>p:good</c>, <c>logits_0</c>.</param>
/// <param name="Cells">The cells; empty where a value is null.</param>
internal readonly record struct CellRow(long Line, IReadOnlyList<string> Names, IReadOnlyList<string> Cells);
