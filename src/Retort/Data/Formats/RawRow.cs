namespace Retort.Data.Formats;

/// <summary>A row as it stands in a file, before its label is looked up.</summary>
/// <param name="Line">The physical line on which it starts, from 1.</param>
/// <param name="Text">The text.</param>
/// <param name="Labels">What stands for the label: one entry, or any number in a multi-label file; null if unlabelled.</param>
/// <param name="IsList">Whether the labels stood as a list (a JSON array, a Parquet list, a cell with a separator).</param>
internal readonly record struct RawRow(long Line, string Text, string[]? Labels, bool IsList);

/// <summary>Reads the rows of one kind of file.</summary>
internal interface IRowFormat
{
    /// <summary>Yields the rows in file order; a row that cannot be read goes to <paramref name="badRows"/> instead.</summary>
    /// <param name="path">The file.</param>
    /// <param name="options">Columns, header and separator.</param>
    /// <param name="labelled">Whether the label column is read.</param>
    /// <param name="badRows">Takes what cannot be read.</param>
    IEnumerable<RawRow> Read(string path, DataOptions options, bool labelled, BadRows badRows);
}
