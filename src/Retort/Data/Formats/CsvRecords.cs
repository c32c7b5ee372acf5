using Retort.Runs;
using Sylvan.Data.Csv;

namespace Retort.Data.Formats;

/// <summary>The records of a CSV file (RFC 4180), the first line among them.</summary>
internal static class CsvRecords
{
    // Names are resolved elsewhere, so the parser is told of no header. It knows comments too; CSV does not.
    private static CsvDataReaderOptions ParserOptions => new()
    {
        HasHeaders = false,
        Delimiter = ',',
        CsvStyle = CsvStyle.Standard,
        Comment = CsvText.Absent,
        BufferSize = 1 << 16,
        MaxBufferSize = LineReader.MaxLine + (1 << 16),
    };

    /// <summary>The line on which each record starts, its cells, and why it cannot be read, if so.</summary>
    /// <exception cref="RetortException">Quotation marks do not match, or a record is too large: nobody knows where the next begins.</exception>
    public static IEnumerable<(long Line, string[] Cells, string? Problem)> Read(string path)
    {
        using var lines = new LineReader(path);
        using var text = new CsvText(lines);
        long line = 1;
        using CsvDataReader csv = Guarded(path, line, () => CsvDataReader.Create(text, ParserOptions));
        while (Guarded(path, line, csv.Read))
        {
            long start = line;
            line += csv.GetRawRecordSpan().Count('\n');
            yield return (start, Cells(csv), CsvText.Problem(csv.GetRawRecordSpan()));
        }
    }

    private static string[] Cells(CsvDataReader csv)
    {
        string[] cells = new string[csv.RowFieldCount];
        for (int i = 0; i < cells.Length; i++)
            cells[i] = csv.GetString(i);
        return cells;
    }

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
