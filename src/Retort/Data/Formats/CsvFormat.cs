using Retort.Runs;
using Sylvan.Data.Csv;

namespace Retort.Data.Formats;

/// <summary>Comma-separated values after RFC 4180: cells may be quoted, and quoted cells may hold commas and line ends.</summary>
internal sealed class CsvFormat : IRowFormat
{
    public IEnumerable<RawRow> Read(string path, DataOptions options, bool labelled, BadRows badRows)
    {
        using var lines = new LineReader(path);
        using var text = new CsvText(lines);
        long line = 1;
        using CsvDataReader csv = Guarded(path, line, () => CsvDataReader.Create(text, ParserOptions));
        Columns? columns = null;
        bool headerDue = options.Header;
        while (Guarded(path, line, csv.Read))
        {
            long start = line;
            line += csv.GetRawRecordSpan().Count('\n');
            string? problem = CsvText.Problem(csv.GetRawRecordSpan());
            if (headerDue)
            {
                columns = Columns.ByName(path, Header(path, csv, problem), options, labelled, fromFirstLine: true);
                headerDue = false;
                continue;
            }
            string[] cells = Cells(csv);
            if (problem is null)
                columns ??= Columns.ByIndex(path, cells.Length, options, labelled);
            problem ??= columns!.Problem(cells.Length, cells is [""]);
            if (problem is null)
                yield return columns!.Row(start, cells, options);
            else
                badRows.Add(path, start, problem);
        }
    }

    // Names are resolved here, so the parser is told of no header. It knows comments too; CSV does not.
    private static CsvDataReaderOptions ParserOptions => new()
    {
        HasHeaders = false,
        Delimiter = ',',
        CsvStyle = CsvStyle.Standard,
        Comment = CsvText.Absent,
        BufferSize = 1 << 16,
        MaxBufferSize = LineReader.MaxLine + (1 << 16),
    };

    private static string[] Cells(CsvDataReader csv)
    {
        string[] cells = new string[csv.RowFieldCount];
        for (int i = 0; i < cells.Length; i++)
            cells[i] = csv.GetString(i);
        return cells;
    }

    private static string[] Header(string path, CsvDataReader csv, string? problem) =>
        problem is null ? Cells(csv) : throw new RetortException($"{path}, line 1: {problem}.");

    // After a wrong quotation mark nobody knows where the row ends, so such a row cannot be skipped.
    private static T Guarded<T>(string path, long line, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (CsvRecordTooLargeException e)
        {
            throw new RetortException(
                $"{new Place(path, line)}: a row of more than {LineReader.MaxLine >> 20} MB; is a closing quotation mark missing?", e);
        }
        catch (CsvFormatException e)
        {
            throw new RetortException(
                $"{new Place(path, line)}: the quotation marks of the row that starts here do not match ({e.Message.TrimEnd('.')}); "
                + "write a quotation mark inside a quoted cell twice. Where the row ends is unknown, so it cannot be skipped.", e);
        }
    }
}
