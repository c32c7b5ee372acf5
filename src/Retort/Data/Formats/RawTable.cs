using Retort.Runs;

namespace Retort.Data.Formats;

/// <summary>A file's readable rows in file order.</summary>
/// <param name="Path">The file.</param>
/// <param name="Rows">The rows; never none.</param>
/// <param name="RowsRead">The rows with the bad ones.</param>
internal sealed record RawTable(string Path, IReadOnlyList<RawRow> Rows, long RowsRead)
{
    private const int RowsAReport = 1 << 14;

    /// <summary>Whether labels stand as lists.</summary>
    public bool IsMultiLabel => Rows[0].IsList;

    /// <exception cref="RetortException">A row is bad and not to be skipped, or none is left.</exception>
    public static RawTable Read(
        string path, DataOptions options, bool labelled, BadRows badRows,
        IProgress<StageProgress>? progress, CancellationToken cancellation)
    {
        IRowFormat format = DataFile.Format(path, labelled);
        var rows = new List<RawRow>();
        var pool = new LabelPool();
        long badBefore = badRows.CountIn(path);
        foreach (RawRow row in format.Read(path, options, labelled, badRows))
        {
            if (Problem(row, rows) is { } problem)
                badRows.Add(path, row.Line, problem);
            else
                rows.Add(pool.Shared(row));
            if (rows.Count % RowsAReport == 0)
                Report(progress, rows.Count, cancellation);
        }
        Report(progress, rows.Count, cancellation);
        if (!options.SkipBadRows)
            badRows.ThrowIfAny();
        long bad = badRows.CountIn(path) - badBefore;
        if (rows.Count == 0)
            throw new RetortException(bad == 0 ? $"{path} has a header but no rows." : badRows.AllBad(path));
        return new RawTable(path, rows, rows.Count + bad);
    }

    /// <summary>This table, if its labels stand as those of train do.</summary>
    /// <exception cref="RetortException">One is multi-label and the other is not.</exception>
    public RawTable RequireKind(RawTable train) => IsMultiLabel == train.IsMultiLabel ? this
        : throw new RetortException(
            $"{Path} is {(IsMultiLabel ? "multi-label" : "single-label")} and {train.Path} is not; "
            + "write the labels of all files as lists, or of none.");

    private static string? Problem(RawRow row, List<RawRow> before)
    {
        if (string.IsNullOrWhiteSpace(row.Text))
            return "the text is empty; delete the row or fill it in";
        if (row.Text.Contains('\0') || row.Labels?.Any(l => l.Contains('\0')) == true)
            return "a NUL character; the text is damaged or not UTF-8";
        if (before.Count > 0 && row.Labels is not null && row.IsList != before[0].IsList)
            return row.IsList
                ? "the label is a list and the first row's is not; write all of them as lists (multi-label) or none"
                : "the label is not a list and the first row's is; write all of them as lists (multi-label) or none";
        return null;
    }

    private static void Report(IProgress<StageProgress>? progress, int rows, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        progress?.Report(new StageProgress("data", rows, 0, "rows"));
    }
}
