namespace Retort.Data;

/// <summary>Finds texts that stand with different labels and applies the policy.</summary>
internal static class Conflicts
{
    /// <summary>Conflicting texts beyond this are counted, not listed.</summary>
    public const int ListedAtMost = 1000;

    private const int PlacesAtMost = 6;

    /// <summary>The rows of each conflicting text, texts in file order. Copies are normalized ones.</summary>
    public static IReadOnlyList<int[]> Find(LabelledRows rows, UInt128[] keys)
    {
        var first = new Dictionary<UInt128, int>(keys.Length);
        var conflicting = new HashSet<UInt128>();
        for (int row = 0; row < keys.Length; row++)
        {
            if (!first.TryAdd(keys[row], row) && !SameTarget(rows.Samples[first[keys[row]]], rows.Samples[row]))
                conflicting.Add(keys[row]);
        }
        return Enumerable.Range(0, conflicting.Count == 0 ? 0 : keys.Length)
            .Where(row => conflicting.Contains(keys[row]))
            .GroupBy(row => keys[row])
            .Select(g => g.ToArray())
            .ToArray();
    }

    public static ConflictsReport Report(LabelledRows rows, IReadOnlyList<int[]> conflicts, ConflictPolicy policy) => new(
        conflicts.Count,
        conflicts.Sum(c => c.Length),
        policy switch
        {
            ConflictPolicy.Drop => "dropped",
            ConflictPolicy.SoftLabel => "merged, one row a text with a soft label",
            _ => "kept",
        },
        conflicts.Take(ListedAtMost).Select(c => Describe(rows, c)).ToArray());

    /// <summary>
    /// The rows after the policy. A soft label is the share of each label among the text's rows; it takes the place of the
    /// first of them, with the commonest label as its class (the lower index where two are as common).
    /// </summary>
    public static LabelledRows Apply(LabelledRows rows, IReadOnlyList<int[]> conflicts, ConflictPolicy policy)
    {
        if (policy == ConflictPolicy.Keep || conflicts.Count == 0)
            return rows;
        int[][] merged = policy == ConflictPolicy.SoftLabel ? [.. conflicts] : [];
        var samples = (Sample[])rows.Samples.Clone();
        foreach (int[] group in merged)
            samples[group[0]] = SoftLabel(rows, group);
        HashSet<int> dropped = [.. conflicts.SelectMany(c => policy == ConflictPolicy.SoftLabel ? c[1..] : c)];
        return (rows with { Samples = samples })
            .Choose(Enumerable.Range(0, rows.Count).Where(r => !dropped.Contains(r)).ToArray());
    }

    private static Sample SoftLabel(LabelledRows rows, int[] group)
    {
        float[] targets = new float[rows.Labels.Count];
        foreach (int row in group)
        {
            Sample sample = rows.Samples[row];
            for (int k = 0; k < targets.Length; k++)
                targets[k] += (sample.Targets?[k] ?? (sample.Label == k ? 1 : 0)) / group.Length;
        }
        bool single = rows.Kind == TaskKind.SingleLabel;
        return new Sample(rows.Samples[group[0]].Text, single ? Array.IndexOf(targets, targets.Max()) : -1, targets);
    }

    private static bool SameTarget(Sample a, Sample b) =>
        a.Label == b.Label && a.Targets.AsSpan().SequenceEqual(b.Targets);

    private static Conflict Describe(LabelledRows rows, int[] group)
    {
        int[] shown = group.Take(PlacesAtMost).ToArray();
        return new Conflict(
            Excerpt.Of(rows.Samples[group[0]].Text),
            Array.ConvertAll(shown, rows.PlaceOf),
            Array.ConvertAll(shown, r => LabelNames(rows, rows.Samples[r])));
    }

    private static string LabelNames(LabelledRows rows, Sample sample) => sample.Targets is null
        ? rows.Labels[sample.Label]
        : string.Join(",", rows.Labels.Names.Where((_, k) => sample.Targets[k] > 0));
}
