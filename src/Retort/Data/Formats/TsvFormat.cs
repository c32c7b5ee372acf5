using Retort.Runs;

namespace Retort.Data.Formats;

/// <summary>
/// Tab-separated values as GLUE writes them: a tab ends a cell, an end of line ends a row, and nothing is quoted or
/// escaped, so a quotation mark is a character like any other.
/// </summary>
internal sealed class TsvFormat : IRowFormat
{
    public IEnumerable<RawRow> Read(string path, DataOptions options, bool labelled, BadRows badRows)
    {
        using var lines = new LineReader(path);
        Columns? columns = null;
        if (options.Header)
            columns = Columns.ByName(path, Header(path, lines), options, labelled, fromFirstLine: true);
        while (lines.Next())
        {
            string[] cells = lines.Line.Split('\t');
            if (lines.Problem is null)
                columns ??= Columns.ByIndex(path, cells.Length, options, labelled);
            string? problem = lines.Problem ?? columns!.Problem(cells.Length, lines.Line.Length == 0);
            if (problem is null)
                yield return columns!.Row(lines.Number, cells, options);
            else
                badRows.Add(path, lines.Number, problem);
        }
    }

    private static string[] Header(string path, LineReader lines)
    {
        lines.Next();
        return lines.Problem is null ? lines.Line.Split('\t')
            : throw new RetortException($"{path}, line 1: {lines.Problem}.");
    }
}
