using Retort.Fractionation.States;
using Retort.Runs;

namespace Retort.Fractionation.Domain;

/// <summary>
/// Scores a text by how much denser the target domain is where it stands than the source: the log-odds of a classifier that
/// tells the pooled states of both apart. With as much weight on either domain these estimate ln p_target(x) / p_source(x)
/// (Bickel, Brückner and Scheffer 2009, "Discriminative learning under covariate shift", JMLR 10).
/// </summary>
/// <remarks>
/// A classifier has seen that the texts it was fitted on are source, and with many features remembers it. So both domains are
/// split into folds by chance, and each source text is scored by the classifier that was fitted without its fold. The target
/// is split alike: fitted on fewer texts of one domain than of the other, all log-odds shift towards the one with fewer. No
/// more than 8,192 random texts of each domain are fitted on, so that the cost of fitting has a bound.
/// </remarks>
internal static class DensityRatio
{
    private const int Block = 4096;

    /// <summary>The most texts of a domain that a classifier is fitted on.</summary>
    internal const int FittedRows = 8192;

    /// <summary>
    /// (texts) Log-odds in nats, positive where the target is denser. Costs one fit a fold, of seconds each, and one product a
    /// text; holds the states that are fitted on, three times in double precision.
    /// </summary>
    /// <param name="source">The states to score, at least two.</param>
    /// <param name="target">The states of the target domain, at least two.</param>
    /// <param name="folds">At least 2; cut to the number of texts of the smaller domain.</param>
    /// <param name="l2">See <see cref="LogisticRegression"/>: 0.01 suits states of some hundred numbers and thousands of texts.</param>
    /// <param name="seed">Draws the folds and what is fitted on.</param>
    /// <param name="cancellation">Stops between steps and blocks.</param>
    /// <exception cref="RetortException">A domain has fewer than two texts, the widths differ, or a state is not finite.</exception>
    public static double[] Score(StateRows source, StateRows target, int folds, double l2, long seed, CancellationToken cancellation)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(folds, 2);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(l2);
        source.RequireTarget(target);
        RequireTwo(source);
        RequireTwo(target);
        folds = Math.Min(folds, Math.Min(source.Count, target.Count));
        int[] order = Shuffled(source.Count, seed, stream: 0);
        int[] fold = new int[source.Count];
        for (int k = 0; k < order.Length; k++)
            fold[order[k]] = k % folds;
        (float[] drawn, float[] targets) = (Drawn(source, order), Drawn(target, Shuffled(target.Count, seed, stream: 1)));
        LogisticRegression[] models = [.. Enumerable.Range(0, folds).Select(left => LogisticRegression.Fit(
            Without(drawn, source.Width, left, folds), Without(targets, source.Width, left, folds), source.Width, l2, cancellation))];
        double[] scores = new double[source.Count];
        foreach ((int start, float[] values) in source.Blocks(Block, cancellation))
        {
            for (int k = 0; k < values.Length / source.Width; k++)
                scores[start + k] = models[fold[start + k]].LogOdds(values.AsSpan(k * source.Width, source.Width));
        }
        return scores;
    }

    private static void RequireTwo(StateRows states)
    {
        if (states.Count < 2)
            throw new RetortException($"there is {states.Count} {states.Name} state: expected at least 2, one to leave out and one to fit on");
    }

    private static float[] Drawn(StateRows states, int[] order) => states.Gather(order.AsSpan(0, Math.Min(order.Length, FittedRows)));

    /// <summary>The rows drawn less every so many-th one, which is the fold left out.</summary>
    private static float[] Without(float[] rows, int width, int left, int folds) => [.. Enumerable.Range(0, rows.Length / width)
        .Where(k => k % folds != left).SelectMany(k => new ArraySegment<float>(rows, k * width, width))];

    private static int[] Shuffled(int count, long seed, long stream)
    {
        int[] order = [.. Enumerable.Range(0, count)];
        new SeededRandom(seed, stream).Shuffle(order.AsSpan());
        return order;
    }
}
