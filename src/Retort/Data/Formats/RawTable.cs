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
        var rows = new List<RawRow>();
        var pool = new LabelPool();
        long badBefore = badRows.CountIn(path);
        foreach (RawRow row in Stream(path, options, labelled, badRows, progress, cancellation))
            rows.Add(pool.Shared(row));
        return new RawTable(path, rows, rows.Count + badRows.CountIn(path) - badBefore);
    }

    /// <summary>The same rows one by one, none of them held. What is wrong with the file may show only at its end.</summary>
    /// <exception cref="RetortException">A row is bad and not to be skipped, or none is left.</exception>
    public static IEnumerable<RawRow> Stream(
        string path, DataOptions options, bool labelled, BadRows badRows,
        IProgress<StageProgress>? progress, CancellationToken cancellation)
    {
        IRowFormat format = DataFile.Format(path, labelled);
        long badBefore = badRows.CountIn(path);
        int rows = 0;
        bool? isList = null;
        foreach (RawRow row in format.Read(path, options, labelled, badRows))
        {
            if (Problem(row, isList) is { } problem)
            {
                badRows.Add(path, row.Line, problem);
            }
            else
            {
                isList ??= row.IsList;
                rows++;
                yield return row;
            }
            if (rows % RowsAReport == 0)
                Report(progress, rows, cancellation);
        }
        Report(progress, rows, cancellation);
        if (!options.SkipBadRows)
            badRows.ThrowIfAny();
        long bad = badRows.CountIn(path) - badBefore;
        if (rows == 0)
            throw new RetortException(bad == 0 ? $"{path} has a header but no rows." : badRows.AllBad(path));
    }

    /// <summary>This table, if its labels stand as those of train do.</summary>
    /// <exception cref="RetortException">One is multi-label and the other is not.</exception>
    public RawTable RequireKind(RawTable train) => IsMultiLabel == train.IsMultiLabel ? this
        : throw new RetortException(
            $"{Path} is {(IsMultiLabel ? "multi-label" : "single-label")} and {train.Path} is not; "
            + "write the labels of all files as lists, or of none.");

    private static string? Problem(RawRow row, bool? isList)
    {
        if (string.IsNullOrWhiteSpace(row.Text))
            return "the text is empty; delete the row or fill it in";
        if (row.Text.Contains('\0') || row.Labels?.Any(l => l.Contains('\0')) == true)
            return "a NUL character; the text is damaged or not UTF-8";
        if (row.Labels is not null && row.IsList != (isList ?? row.IsList))
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
