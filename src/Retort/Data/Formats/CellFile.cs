using Parquet;
using Retort.Runs;

namespace Retort.Data.Formats;

/// <summary>Reads every column of a TSV, CSV, JSONL or Parquet file. The first row that cannot be read stops it.</summary>
internal static class CellFile
{
    /// <exception cref="UsageException">The file is absent or its format is unknown.</exception>
    /// <exception cref="RetortException">A row cannot be read.</exception>
    public static IEnumerable<CellRow> Read(string path) => Path.GetExtension(path).ToLowerInvariant() switch
    {
        ".tsv" => Separated(path, TsvRecords(path)),
        ".csv" => Separated(path, CsvRecords.Read(path)),
        ".jsonl" => Objects(path),
        ".parquet" => ParquetRows(path),
        var other => throw new UsageException($"{path}: the format '{other}' is unknown; expected .tsv, .csv, .jsonl or .parquet."),
    };

    private static IEnumerable<CellRow> Separated(string path, IEnumerable<(long Line, string[] Cells, string? Problem)> records)
    {
        string[]? names = null;
        foreach ((long line, string[] cells, string? problem) in records)
        {
            if (problem is not null)
                throw Bad(path, line, problem);
            if (names is null)
            {
                names = cells;
                continue;
            }
            if (cells.Length != names.Length)
                throw Bad(path, line, $"{cells.Length} columns, expected {names.Length} as in the first line; is a separator missing, or one too many?");
            yield return new CellRow(line, names, cells);
        }
    }

    private static IEnumerable<(long Line, string[] Cells, string? Problem)> TsvRecords(string path)
    {
        using var lines = new LineReader(path);
        while (lines.Next())
            yield return (lines.Number, lines.Line.Split('\t'), lines.Problem);
    }

    private static IEnumerable<CellRow> Objects(string path)
    {
        using var lines = new LineReader(path);
        var flat = new JsonCells();
        while (lines.Next())
        {
            CellRow row = default;
            string? problem = lines.Problem ?? flat.Read(lines.Bytes, lines.Number, out row);
            if (problem is not null)
                throw Bad(path, lines.Number, problem);
            yield return row;
        }
    }

    private static IEnumerable<CellRow> ParquetRows(string path)
    {
        using FileStream file = DataFile.Open(path);
        ParquetReader reader = ParquetFormat.Guarded(path, () => ParquetReader.CreateAsync(file).GetAwaiter().GetResult());
        try
        {
            ParquetColumn[] columns = reader.Schema.Fields.Select(ParquetColumn.Of).OfType<ParquetColumn>().ToArray();
            string[] plain = Array.ConvertAll(columns, column => column.Name);
            long number = 0;
            for (int group = 0; group < reader.RowGroupCount; group++)
            {
                List<string[]>[] read = ParquetFormat.Guarded(path, () =>
                {
                    ParquetRowGroupReader rows = reader.OpenRowGroupReader(group);
                    return Array.ConvertAll(columns, column => column.Read(rows));
                });
                for (int row = 0; read.Length > 0 && row < read[0].Count; row++)
                    yield return Row(++number, columns, plain, Array.ConvertAll(read, values => values[row]));
            }
        }
        finally
        {
            reader.DisposeAsync().AsTask().GetAwaiter().GetResult();
        }
    }

    private static CellRow Row(long number, ParquetColumn[] columns, string[] plain, string[][] values)
    {
        if (!Array.Exists(columns, column => column.IsList))
            return new CellRow(number, plain, Array.ConvertAll(values, value => value.Length > 0 ? value[0] : ""));
        List<string> names = [], cells = [];
        for (int k = 0; k < columns.Length; k++)
        {
            names.AddRange(columns[k].IsList ? values[k].Select((_, item) => $"{plain[k]}_{item}") : [plain[k]]);
            cells.AddRange(columns[k].IsList ? values[k] : [values[k].Length > 0 ? values[k][0] : ""]);
        }
        return new CellRow(number, names, cells);
    }

    private static RetortException Bad(string path, long line, string problem) => new($"{new Place(path, line)}: {problem}");
}
