using Retort.Runs;
using Retort.Runtime.Model;
using Retort.Students;

namespace Retort.Compression;

/// <summary>Which filters are compared with which when some are to go.</summary>
public enum PruningScope
{
    /// <summary>All of the student: windows may end with different numbers.</summary>
    Global,

    /// <summary>Those of a window: each loses the same share.</summary>
    Window,
}

/// <summary>A student with fewer filters: its shapes shrink, nothing is masked.</summary>
internal static class FilterPruning
{
    /// <summary>The filters that stay, by window, ascending.</summary>
    /// <param name="importance">(windows, filters)</param>
    /// <param name="rate">The share that goes, at least 0 and below 1.</param>
    /// <param name="scope">Among which the least important are looked for.</param>
    /// <exception cref="UsageException">A window would have none left.</exception>
    public static int[][] Kept(IReadOnlyList<double[]> importance, double rate, PruningScope scope)
    {
        int keep = Left(importance.Sum(window => window.Length), rate);
        int[][] kept = scope == PruningScope.Window
            ? [.. importance.Select(window => Best(window, Left(window.Length, rate)))]
            : Global(importance, keep);
        int empty = Array.FindIndex(kept, window => window.Length == 0);
        return empty < 0 ? kept : throw Emptied(rate, importance[empty].Length, $"the {Ordinal(empty)} window", scope == PruningScope.Global ? ", or compression.scope window" : "");
    }

    /// <summary>Refuses a rate that leaves a window none of its filters, whichever go.</summary>
    /// <param name="options">Window by window.</param>
    /// <param name="filters">That each window has.</param>
    /// <exception cref="UsageException">Windows would have none left.</exception>
    public static void RequireSome(CompressionOptions options, int filters)
    {
        if (Rates(options.Pruning, options.Rounds).Aggregate(filters, Left) == 0)
            throw Emptied(options.Pruning, filters, "each window", "");
    }

    /// <summary>The share of the filters there are that goes in each round: fewer at a time towards the end (Zhu and Gupta 2017, arXiv:1710.01878).</summary>
    /// <param name="share">That goes in all rounds together.</param>
    /// <param name="rounds">At least one.</param>
    public static IEnumerable<double> Rates(double share, int rounds)
    {
        double before = 0;
        for (int round = 1; round <= rounds; round++)
        {
            double after = share * (1 - Math.Pow(1 - (double)round / rounds, 3));
            yield return before == 0 ? after : 1 - (1 - after) / (1 - before);
            before = after;
        }
    }

    /// <summary>The student with some of its filters.</summary>
    /// <param name="student">The student.</param>
    /// <param name="kept">By window, ascending.</param>
    public static FoldedStudent Apply(FoldedStudent student, IReadOnlyList<int[]> kept)
    {
        StudentShape shape = student.Shape, pruned = shape with { Filters = new FilterCounts([.. kept.Select(window => window.Length)]) };
        var weights = new List<(string, float[])>();
        for (int k = 0; k < shape.Windows.Count; k++)
        {
            int window = k, filters = shape.Filters[k];
            int[] channels = [.. Enumerable.Range(0, shape.Parts).SelectMany(part => kept[window].Select(filter => part * filters + filter))];
            foreach (string name in new[] { StudentShape.ConvolutionWeight(shape.Windows[k]), StudentShape.ConvolutionBias(shape.Windows[k]) })
                weights.Add((name, Rows(student[name], shape.RawChannels(k), channels)));
        }
        string reader = student.Reader;
        weights.Add((reader, Columns(student[reader], shape.PooledWidth, Features(shape, kept))));
        return student.With(pruned, weights);
    }

    /// <summary>Where the features of some filters stand in the pooled vector, with all that is no filter's.</summary>
    private static int[] Features(StudentShape shape, IReadOnlyList<int[]> kept)
    {
        int maps = shape.Pooling == Pooling.MaxMean ? 2 : 1;
        IEnumerable<int> filters = Enumerable.Range(0, maps).SelectMany(map => kept.SelectMany((window, k) => window.Select(filter => map * shape.MapWidth + shape.MapStart(k) + filter)));
        return [.. filters, .. Enumerable.Range(maps * shape.MapWidth, shape.PooledWidth - maps * shape.MapWidth)];
    }

    private static int[][] Global(IReadOnlyList<double[]> importance, int keep)
    {
        var best = importance.SelectMany((window, k) => window.Select((value, filter) => (Window: k, Filter: filter, Value: value)))
            .OrderByDescending(one => one.Value).ThenBy(one => one.Window).ThenBy(one => one.Filter).Take(keep)
            .ToLookup(one => one.Window, one => one.Filter);
        return [.. importance.Select((_, k) => best[k].Order().ToArray())];
    }

    private static int[] Best(double[] importance, int keep) =>
        [.. Enumerable.Range(0, importance.Length).OrderByDescending(filter => importance[filter]).ThenBy(filter => filter).Take(keep).Order()];

    private static float[] Rows(float[] matrix, int rows, int[] kept)
    {
        int width = matrix.Length / rows;
        return [.. kept.SelectMany(row => new ArraySegment<float>(matrix, row * width, width))];
    }

    private static float[] Columns(float[] matrix, int width, int[] kept) =>
        [.. Enumerable.Range(0, matrix.Length / width).SelectMany(row => kept.Select(column => matrix[row * width + column]))];

    private static int Left(int filters, double rate) => filters - (int)Math.Round(rate * filters);

    private static UsageException Emptied(double rate, int filters, string window, string instead) => new(FormattableString.Invariant(
        $"a pruning rate of {rate:0.###} (compression.pruning): of {filters} filters {window} would have none left; expected less{instead}"))
    { Key = "compression.pruning" };

    private static string Ordinal(int index) => (index + 1) switch { 1 => "first", 2 => "second", 3 => "third", int k => $"{k}th" };
}
