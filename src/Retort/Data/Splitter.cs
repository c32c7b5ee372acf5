using Retort.Runs;

namespace Retort.Data;

/// <summary>
/// Takes a stratified share of the rows out of train. Copies of a text (as the duplicate guard sees them) stay together, so
/// the split itself never leaks; every class keeps at least one text in train.
/// </summary>
internal static class Splitter
{
    /// <summary>Row numbers of each part, ascending.</summary>
    internal sealed record Parts(int[] Train, int[] Dev, int[] Test);

    /// <param name="rows">The rows to split.</param>
    /// <param name="devFraction">The share of each class's rows for dev; 0: none.</param>
    /// <param name="testFraction">The share for test; 0: none.</param>
    /// <param name="seed">The same seed gives the same split everywhere.</param>
    public static Parts Split(LabelledRows rows, double devFraction, double testFraction, int seed)
    {
        int[] partOfRow = new int[rows.Count];
        int[] strata = Strata(rows);
        foreach (IGrouping<int, int[]> stratum in CopyGroups(rows).GroupBy(g => strata[g[0]]).OrderBy(g => g.Key))
        {
            int[][] groups = [.. stratum];
            new SeededRandom(seed, stratum.Key).Shuffle(groups.AsSpan());
            var left = new List<int[]>(groups);
            int count = groups.Sum(g => g.Length);
            Take(left, devFraction, count, row => partOfRow[row] = 1);
            Take(left, testFraction, count, row => partOfRow[row] = 2);
        }
        return new Parts(Of(0), Of(1), Of(2));

        int[] Of(int part) => Enumerable.Range(0, partOfRow.Length).Where(r => partOfRow[r] == part).ToArray();
    }

    // Takes groups in order until the share is reached: at least one if two are left, never the last, and none that
    // would overshoot, unless nothing smaller is there.
    private static void Take(List<int[]> groups, double fraction, int rowsOfStratum, Action<int> assign)
    {
        if (fraction == 0 || groups.Count < 2)
            return;
        int target = Math.Max(1, (int)Math.Round(fraction * rowsOfStratum, MidpointRounding.AwayFromZero));
        int taken = 0;
        var kept = new List<int[]>(groups.Count);
        foreach (int[] group in groups)
        {
            bool last = kept.Count == 0 && ReferenceEquals(group, groups[^1]);
            if (taken + group.Length > target || last)
            {
                kept.Add(group);
                continue;
            }
            taken += group.Length;
            Array.ForEach(group, assign);
        }
        if (taken == 0)
        {
            int[] smallest = kept.MinBy(g => g.Length)!;
            kept.Remove(smallest);
            Array.ForEach(smallest, assign);
        }
        groups.Clear();
        groups.AddRange(kept);
    }

    private static IEnumerable<int[]> CopyGroups(LabelledRows rows)
    {
        var groups = new Dictionary<UInt128, List<int>>(rows.Count);
        var inOrder = new List<List<int>>(rows.Count);
        for (int row = 0; row < rows.Count; row++)
        {
            UInt128 key = TextKey.Normalized(rows.Samples[row].Text);
            if (!groups.TryGetValue(key, out List<int>? group))
            {
                groups.Add(key, group = new List<int>(1));
                inOrder.Add(group);
            }
            group.Add(row);
        }
        return inOrder.Select(g => g.ToArray());
    }

    // A text's class; of a multi-label text the rarest of its classes, since that is the one a share could miss; −1: none.
    private static int[] Strata(LabelledRows rows)
    {
        if (rows.Kind != TaskKind.MultiLabel)
            return Array.ConvertAll(rows.Samples, s => s.Label);
        int[] counts = rows.ClassCounts();
        return Array.ConvertAll(rows.Samples, sample => Enumerable.Range(0, counts.Length)
            .Where(k => sample.Targets![k] > 0)
            .OrderBy(k => counts[k])
            .FirstOrDefault(-1));
    }
}
