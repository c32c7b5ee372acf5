using Parquet;
using Parquet.Schema;

namespace Retort.Tests.Data;

/// <summary>Writes small Parquet files.</summary>
internal static class ParquetFiles
{
    public static async Task Write(string path, params (DataField Field, Func<ParquetRowGroupWriter, Task> Values)[] columns)
    {
        await using FileStream file = File.Create(path);
        var schema = new ParquetSchema(columns.Select(c => (Field)c.Field).ToArray());
        await using ParquetWriter writer = await ParquetWriter.CreateAsync(schema, file);
        using ParquetRowGroupWriter rows = writer.CreateRowGroup();
        foreach ((_, Func<ParquetRowGroupWriter, Task> values) in columns)
            await values(rows);
    }

    public static (DataField, Func<ParquetRowGroupWriter, Task>) Strings(string name, params string?[] values)
    {
        var field = new DataField<string>(name);
        return (field, rows => rows.WriteAsync(field, values!));
    }

    public static (DataField, Func<ParquetRowGroupWriter, Task>) Numbers<T>(string name, params T[] values) where T : struct
    {
        var field = new DataField<T>(name);
        return (field, rows => rows.WriteAsync<T>(field, values));
    }

    /// <summary>A text column and a list of strings for each text, in two row groups.</summary>
    public static Task WriteLists(string path, params (string Text, string[] Labels)[] rows) => WriteLists(path, "labels", rows);

    /// <inheritdoc cref="WriteLists(string, ValueTuple{string, string[]}[])"/>
    public static async Task WriteLists(string path, string column, (string Text, string[] Labels)[] rows)
    {
        var text = new DataField<string>("text");
        var list = new ListField(column, typeof(string));
        await using FileStream file = File.Create(path);
        await using ParquetWriter writer = await ParquetWriter.CreateAsync(new ParquetSchema(text, list), file);
        foreach ((string Text, string[] Labels)[] part in rows.Chunk((rows.Length + 1) / 2))
        {
            using ParquetRowGroupWriter group = writer.CreateRowGroup();
            await group.WriteAsync(text, part.Select(r => r.Text).ToArray());
            var item = (DataField)list.Item;
            // An empty list stands one level below a null item, which stands one below a value.
            await group.WriteAllPartsAsync<ReadOnlyMemory<char>>(
                item,
                part.SelectMany(r => r.Labels).Select(l => l.AsMemory()).ToArray(),
                part.SelectMany(r => Levels(r.Labels, item.MaxDefinitionLevel, item.MaxDefinitionLevel - 2)).ToArray(),
                part.SelectMany(r => r.Labels.Length == 0 ? [0] : r.Labels.Select((_, i) => i == 0 ? 0 : 1)).ToArray(),
                TestContext.Current.CancellationToken);
        }
    }

    private static IEnumerable<int> Levels(string[] labels, int value, int empty) =>
        labels.Length == 0 ? [empty] : Enumerable.Repeat(value, labels.Length);
}
