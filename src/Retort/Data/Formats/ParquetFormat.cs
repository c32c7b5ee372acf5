using Parquet;
using Parquet.Schema;
using Retort.Runs;

namespace Retort.Data.Formats;

/// <summary>
/// Parquet files with a column of strings and one of strings, integers or truth values, or a list of these (multi-label).
/// A row has no line; its number, from 1, stands for it.
/// </summary>
internal sealed class ParquetFormat : IRowFormat
{
    public IEnumerable<RawRow> Read(string path, DataOptions options, bool labelled, BadRows badRows)
    {
        using FileStream file = DataFile.Open(path);
        ParquetReader reader = Guarded(path, () => ParquetReader.CreateAsync(file).GetAwaiter().GetResult());
        try
        {
            (ParquetColumn texts, ParquetColumn? labels) = Find(path, reader.Schema, options, labelled);
            long row = 0;
            for (int group = 0; group < reader.RowGroupCount; group++)
            {
                foreach ((string[] text, string[] label) in Guarded(path, () => ReadGroup(reader, group, texts, labels)))
                {
                    row++;
                    if (text.Length == 0)
                        badRows.Add(path, row, "the text is null; delete the row or fill it in");
                    else if (labels is null)
                        yield return new RawRow(row, text[0], null, false);
                    else if (label.Length == 0 && !labels.IsList)
                        badRows.Add(path, row, "the label is null; delete the row or fill it in");
                    else
                        yield return Columns.Labelled(row, text[0], label, labels.IsList, options);
                }
            }
        }
        finally
        {
            reader.DisposeAsync().AsTask().GetAwaiter().GetResult();
        }
    }

    private static (ParquetColumn Texts, ParquetColumn? Labels) Find(
        string path, ParquetSchema schema, DataOptions options, bool labelled)
    {
        string[] names = schema.Fields.Select(f => f.Name).ToArray();
        Columns columns = Columns.ByName(path, names, options, labelled, fromFirstLine: false);
        return (ParquetColumn.OfTexts(path, schema.Fields[columns.Text]),
            labelled ? ParquetColumn.OfLabels(path, schema.Fields[columns.Label]) : null);
    }

    private static List<(string[] Text, string[] Labels)> ReadGroup(
        ParquetReader reader, int group, ParquetColumn texts, ParquetColumn? labels)
    {
        using ParquetRowGroupReader rows = reader.OpenRowGroupReader(group);
        List<string[]> contents = texts.Read(rows);
        List<string[]>? found = labels?.Read(rows);
        if (found is not null && found.Count != contents.Count)
            throw new InvalidDataException($"{contents.Count} texts and {found.Count} labels in row group {group}");
        return contents.Select((text, i) => (text, found?[i] ?? [])).ToList();
    }

    // The library reports a damaged file in many ways, index errors among them.
    internal static T Guarded<T>(string path, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is not (RetortException or OutOfMemoryException))
        {
            throw new RetortException($"{path} cannot be read as Parquet: {e.Message} Write it again, or use .jsonl.", e);
        }
    }
}
