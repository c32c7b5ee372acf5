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
        string[] names = reader.Schema.Fields.Select(f => f.Name).ToArray();
        Columns columns = Columns.ByName(path, names, options, labelled);
        Field text = reader.Schema.Fields[columns.Text];
        if (text is not DataField { IsArray: false } || ((DataField)text).ClrType != typeof(ReadOnlyMemory<char>))
            throw new UsageException($"{path}: the column '{text.Name}' does not hold strings; name the text's column with data.text_column.");
        ParquetColumn? label = labelled ? ParquetColumn.OfLabels(path, reader.Schema.Fields[columns.Label]) : null;
        var texts = new ParquetColumn((DataField)text, IsList: false, HasNullItems: false);
        long row = 0;
        for (int group = 0; group < reader.RowGroupCount; group++)
        {
            foreach ((string[] content, string[] labels) in Guarded(path, () => ReadGroup(reader, group, texts, label)))
            {
                row++;
                if (content.Length == 0)
                    badRows.Add(path, row, "the text is null; delete the row or fill it in");
                else if (label is null)
                    yield return new RawRow(row, content[0], null, false);
                else if (labels.Length == 0 && !label.IsList)
                    badRows.Add(path, row, "the label is null; delete the row or fill it in");
                else
                    yield return Columns.Labelled(row, content[0], labels, label.IsList, options);
            }
        }
    }

    private static List<(string[] Text, string[] Labels)> ReadGroup(
        ParquetReader reader, int group, ParquetColumn texts, ParquetColumn? label)
    {
        using ParquetRowGroupReader rows = reader.OpenRowGroupReader(group);
        List<string[]> contents = texts.Read(rows);
        List<string[]>? labels = label?.Read(rows);
        if (labels is not null && labels.Count != contents.Count)
            throw new InvalidDataException($"{contents.Count} texts and {labels.Count} labels in row group {group}");
        return contents.Select((text, i) => (text, labels?[i] ?? [])).ToList();
    }

    // The library reports a damaged file in many ways, index errors among them.
    private static T Guarded<T>(string path, Func<T> read)
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
