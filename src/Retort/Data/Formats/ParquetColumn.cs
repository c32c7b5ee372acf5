using System.Globalization;
using Parquet;
using Parquet.Data;
using Parquet.Schema;
using Retort.Runs;

namespace Retort.Data.Formats;

/// <summary>Reads a Parquet column as text: (rows) the values of each row, none where it is null or an empty list.</summary>
/// <param name="Field">The column; of a list, its items.</param>
/// <param name="IsList">Whether a row may hold several.</param>
/// <param name="HasNullItems">Whether an item of a list may be null.</param>
internal sealed record ParquetColumn(DataField Field, bool IsList, bool HasNullItems)
{
    private const long MostValues = 20_000_000;
    private static readonly Type[] LabelTypes =
    [
        typeof(ReadOnlyMemory<char>), typeof(bool), typeof(sbyte), typeof(byte), typeof(short), typeof(ushort),
        typeof(int), typeof(uint), typeof(long), typeof(ulong), typeof(float), typeof(double),
    ];

    /// <summary>The column's name, which of a list is not that of its items.</summary>
    public string Name { get; private init; } = Field.Name;

    /// <exception cref="UsageException">The column does not hold strings.</exception>
    public static ParquetColumn OfTexts(string path, Field field) =>
        field is DataField { IsArray: false } texts && texts.ClrType == typeof(ReadOnlyMemory<char>)
            ? new ParquetColumn(texts, IsList: false, HasNullItems: false)
            : throw new UsageException(
                $"{path}: the column '{field.Name}' does not hold strings; name the text's column with data.text_column.");

    /// <exception cref="UsageException">The column holds what cannot be a label.</exception>
    public static ParquetColumn OfLabels(string path, Field field) => Of(field) ?? throw new UsageException(
        $"{path}: the column '{field.Name}' holds neither strings nor integers nor lists of these; "
        + "name the label's column with data.label_column.");

    /// <summary>A column of strings, numbers or truth values, or lists of these; null for others.</summary>
    public static ParquetColumn? Of(Field field)
    {
        (DataField? items, bool isList, bool hasNullItems) = field switch
        {
            DataField plain => (plain, plain.IsArray, false),
            ListField { Item: DataField item } => (item, true, item.IsNullable),
            _ => (null, false, false),
        };
        return items is not null && LabelTypes.Contains(items.ClrType)
            ? new ParquetColumn(items, isList, hasNullItems) { Name = field.Name } : null;
    }

    /// <exception cref="InvalidDataException">A row group claims too many values.</exception>
    public List<string[]> Read(ParquetRowGroupReader rows)
    {
        long claimed = Math.Max(rows.RowCount, rows.GetMetadata(Field)?.MetaData?.NumValues ?? 0);
        if (claimed is < 0 or > MostValues)
            throw new InvalidDataException($"a row group claims {claimed} values, at most {MostValues} are read");
        using RawColumnData data = rows.ReadRawColumnDataBaseAsync(Field).AsTask().GetAwaiter().GetResult();
        return data switch
        {
            RawColumnData<ReadOnlyMemory<char>> d => Rows(d, v => v.ToString()),
            RawColumnData<bool> d => Rows(d, v => v ? "true" : "false"),
            RawColumnData<sbyte> d => Numbers(d),
            RawColumnData<byte> d => Numbers(d),
            RawColumnData<short> d => Numbers(d),
            RawColumnData<ushort> d => Numbers(d),
            RawColumnData<int> d => Numbers(d),
            RawColumnData<uint> d => Numbers(d),
            RawColumnData<long> d => Numbers(d),
            RawColumnData<ulong> d => Numbers(d),
            RawColumnData<float> d => Numbers(d),
            RawColumnData<double> d => Numbers(d),
            _ => throw new InvalidDataException($"the column '{Field.Name}' has an unexpected type"),
        };
    }

    private List<string[]> Numbers<T>(RawColumnData<T> data) where T : struct, IFormattable =>
        Rows(data, v => v.ToString(null, CultureInfo.InvariantCulture));

    // Dremel levels: repetition 0 starts a row; the highest definition level means that there is a value; one below it,
    // where items may be null, a null item; lower, no item at all.
    private List<string[]> Rows<T>(RawColumnData<T> data, Func<T, string> asText) where T : struct
    {
        Span<T> values = data.Values;
        Span<int> defined = Field.MaxDefinitionLevel > 0 ? data.DefinitionLevels : default;
        Span<int> repeated = Field.MaxRepetitionLevel > 0 ? data.RepetitionLevels : default;
        int slots = Field.MaxDefinitionLevel > 0 ? defined.Length : values.Length;
        var rows = new List<string[]>(slots);
        var row = new List<string>();
        int next = 0;
        for (int i = 0; i < slots; i++)
        {
            if (i > 0 && (repeated.IsEmpty || repeated[i] == 0))
                EndRow();
            int level = defined.IsEmpty ? Field.MaxDefinitionLevel : defined[i];
            if (level == Field.MaxDefinitionLevel)
                row.Add(asText(values[next++]));
            else if (HasNullItems && level == Field.MaxDefinitionLevel - 1)
                row.Add("");
        }
        if (slots > 0)
            EndRow();
        return rows;

        void EndRow()
        {
            rows.Add(row.ToArray());
            row.Clear();
        }
    }
}
