using Retort.Data.Formats;
using Retort.Runs;

namespace Retort.Data;

/// <summary>Samples, labelled as a rule, that still know the lines they came from.</summary>
/// <param name="Source">The file.</param>
/// <param name="Kind">Single-label, multi-label, or unlabelled.</param>
/// <param name="Labels">The classes.</param>
/// <param name="Samples">The samples.</param>
/// <param name="Lines">(samples) The line of each.</param>
/// <param name="RowsRead">Rows of the file, bad ones included.</param>
internal sealed record LabelledRows(
    string Source, TaskKind Kind, LabelSet Labels, Sample[] Samples, long[] Lines, long RowsRead)
{
    public int Count => Samples.Length;

    public Place PlaceOf(int row) => new(Source, Lines[row]);

    public Corpus ToCorpus() => new(Source, Kind, Labels, Samples);

    /// <summary>The rows of the given numbers, in that order.</summary>
    public LabelledRows Choose(IReadOnlyCollection<int> rows) =>
        this with { Samples = rows.Select(r => Samples[r]).ToArray(), Lines = rows.Select(r => Lines[r]).ToArray() };

    /// <summary>How many rows carry each class: (classes).</summary>
    public int[] ClassCounts()
    {
        int[] counts = new int[Labels.Count];
        foreach (Sample sample in Kind == TaskKind.Unlabelled ? [] : Samples)
        {
            if (Kind == TaskKind.SingleLabel)
                counts[sample.Label]++;
            else
                for (int k = 0; k < counts.Length; k++)
                    counts[k] += sample.Targets![k] > 0.5f ? 1 : 0;
        }
        return counts;
    }

    /// <summary>The texts alone.</summary>
    public static LabelledRows WithoutLabels(RawTable table) => new(table.Path, TaskKind.Unlabelled, new LabelSet([]),
        table.Rows.Select(row => new Sample(row.Text)).ToArray(), table.Rows.Select(row => row.Line).ToArray(), table.RowsRead);

    /// <summary>Looks every label up. A label that is no class is a bad row.</summary>
    /// <exception cref="RetortException">A label is unknown and bad rows are not to be skipped, or no row is left.</exception>
    /// <param name="table">The rows.</param>
    /// <param name="labels">The classes.</param>
    /// <param name="byIndex">Whether an integer that is no class name is the index of a class.</param>
    /// <param name="options">Whether bad rows are skipped.</param>
    /// <param name="badRows">Takes rows whose label is unknown.</param>
    public static LabelledRows Resolve(
        RawTable table, LabelSet labels, bool byIndex, DataOptions options, BadRows badRows)
    {
        var lookup = new LabelLookup(labels, byIndex);
        var samples = new List<Sample>(table.Rows.Count);
        var lines = new List<long>(table.Rows.Count);
        foreach (RawRow row in table.Rows)
        {
            Sample? sample = row.IsList
                ? MultiLabel(row, lookup, out string? problem)
                : SingleLabel(row, lookup, out problem);
            if (sample is null)
            {
                badRows.Add(table.Path, row.Line, problem!);
                continue;
            }
            samples.Add(sample);
            lines.Add(row.Line);
        }
        if (!options.SkipBadRows)
            badRows.ThrowIfAny();
        if (samples.Count == 0)
            throw new RetortException(badRows.AllBad(table.Path));
        TaskKind kind = table.IsMultiLabel ? TaskKind.MultiLabel : TaskKind.SingleLabel;
        return new LabelledRows(table.Path, kind, labels, samples.ToArray(), lines.ToArray(), table.RowsRead);
    }

    private static Sample? SingleLabel(RawRow row, LabelLookup lookup, out string? problem) =>
        lookup.TryFind(row.Labels![0], out int index, out problem) ? new Sample(row.Text, index) : null;

    private static Sample? MultiLabel(RawRow row, LabelLookup lookup, out string? problem)
    {
        problem = null;
        float[] targets = new float[lookup.Labels.Count];
        foreach (string label in row.Labels!)
        {
            if (!lookup.TryFind(label, out int index, out problem))
                return null;
            targets[index] = 1;
        }
        return new Sample(row.Text, Targets: targets);
    }
}
