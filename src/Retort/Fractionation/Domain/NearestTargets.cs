using Retort.Fractionation.States;
using TorchSharp;
using static TorchSharp.torch;

namespace Retort.Fractionation.Domain;

/// <summary>
/// Scores a text by how close it comes to the target domain: the mean cosine of its pooled state to the states of the k
/// target texts nearest to it. The search is exact, by products of blocks of states. Selecting by neighbours among the
/// target's sentence embeddings: Aharoni and Goldberg 2020, "Unsupervised domain clusters in pretrained language models",
/// arXiv:2004.02105.
/// </summary>
internal static class NearestTargets
{
    // The cosines of one product of blocks: 32 MiB.
    private const int SourceBlock = 1024;
    private const int TargetBlock = 8192;

    /// <summary>
    /// (texts) From −1 to 1, the higher the closer. Costs 2 · n · m · width operations for n source and m target texts and
    /// holds the target's states once more, m · width numbers; the source is held by blocks of 1,024.
    /// </summary>
    /// <param name="source">The states to score.</param>
    /// <param name="target">The states of the target domain.</param>
    /// <param name="neighbours">k, at least 1; more than the target has texts means all of them.</param>
    /// <param name="cancellation">Stops between blocks.</param>
    /// <exception cref="Runs.RetortException">The target is empty, the widths differ, or a state is not finite.</exception>
    public static double[] Score(StateRows source, StateRows target, int neighbours, CancellationToken cancellation) =>
        Score(source, target, neighbours, SourceBlock, TargetBlock, cancellation);

    internal static double[] Score(StateRows source, StateRows target, int neighbours, int sourceBlock, int targetBlock, CancellationToken cancellation)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(neighbours, 1);
        source.RequireTarget(target);
        double[] scores = new double[source.Count];
        using DisposeScope scope = NewDisposeScope();
        Tensor[] targets = [.. target.Blocks(targetBlock, cancellation).Select(block => Unit(block.Values, target.Width))];
        foreach ((int start, float[] values) in source.Blocks(sourceBlock, cancellation))
            MeanOfNearest(values, targets, Math.Min(neighbours, target.Count)).CopyTo(scores, start);
        return scores;
    }

    private static double[] MeanOfNearest(float[] values, Tensor[] targets, int neighbours)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor rows = Unit(values, (int)targets[0].shape[1]);
        Tensor best = empty([rows.shape[0], 0]);
        foreach (Tensor target in targets)
            best = Nearer(best, rows, target, neighbours);
        return best.to(float64).mean([1]).data<double>().ToArray();
    }

    /// <summary>(rows, up to k) The largest of the cosines found so far and those to one more block, which is dropped at once.</summary>
    private static Tensor Nearer(Tensor best, Tensor rows, Tensor target, int neighbours)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor all = cat([best, Largest(matmul(rows, target.t()), neighbours)], 1); // (rows, so far + up to k)
        return Largest(all, neighbours).MoveToOuterDisposeScope();
    }

    private static Tensor Largest(Tensor cosines, int neighbours) =>
        cosines.topk((int)Math.Min(neighbours, cosines.shape[1]), 1, largest: true, sorted: false).values;

    private static Tensor Unit(float[] values, int width) => tensor(UnitRows.Of(values, width), [values.Length / width, width]);
}
