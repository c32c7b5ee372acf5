using Retort.Runs;

namespace Retort.Data.Formats;

/// <summary>Comma-separated values after RFC 4180: cells may be quoted, and quoted cells may hold commas and line ends.</summary>
internal sealed class CsvFormat : IRowFormat
{
    public IEnumerable<RawRow> Read(string path, DataOptions options, bool labelled, BadRows badRows)
    {
        Columns? columns = null;
        bool headerDue = options.Header;
        foreach ((long line, string[] cells, string? unreadable) in CsvRecords.Read(path))
        {
            if (headerDue)
            {
                columns = Columns.ByName(path, Header(path, cells, unreadable), options, labelled, fromFirstLine: true);
                headerDue = false;
                continue;
            }
            if (unreadable is null)
                columns ??= Columns.ByIndex(path, cells.Length, options, labelled);
            string? problem = unreadable ?? columns!.Problem(cells.Length, cells is [""]);
            if (problem is null)
                yield return columns!.Row(line, cells, options);
            else
                badRows.Add(path, line, problem);
        }
    }

    private static string[] Header(string path, string[] cells, string? problem) =>
        problem is null ? cells : throw new RetortException($"{path}, line 1: {problem}.");
}
