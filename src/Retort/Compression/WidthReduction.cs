using Retort.Runtime.Model;
using Retort.Students;
using static TorchSharp.torch;

namespace Retort.Compression;

/// <summary>
/// Narrower embeddings: embedding × filters, the table that folding makes of them, by the nearest product of a smaller
/// width. Where a student has fewer table entries a token than its embeddings are wide, that width is the tables themselves.
/// </summary>
internal static class WidthReduction
{
    /// <summary>The widest that a student's embeddings need to be: as many columns as its tables have.</summary>
    public static int WidestUseful(StudentShape shape) =>
        Math.Min(shape.EmbeddingWidth, shape.Windows.Select((window, k) => window * shape.RawChannels(k)).Sum());

    /// <summary>The student with embeddings of another width.</summary>
    public static FoldedStudent Apply(FoldedStudent student, TokenUse use, int width)
    {
        StudentShape shape = student.Shape;
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        Tensor rows = student.Embeddings();
        Tensor filters = student.Filters();
        (Tensor narrowRows, Tensor narrowFilters) = LowRank.Factorize(rows, use.Weights(), filters, width);
        var weights = new List<(string, float[])> { (StudentShape.EmbeddingWeight, narrowRows.data<float>().ToArray()) };
        long start = 0;
        for (int k = 0; k < shape.Windows.Count; k++)
        {
            long count = (long)shape.RawChannels(k) * shape.Windows[k];
            weights.Add((StudentShape.ConvolutionWeight(shape.Windows[k]), narrowFilters.narrow(0, start, count).contiguous().data<float>().ToArray()));
            start += count;
        }
        return student.With(shape with { EmbeddingWidth = width }, weights);
    }
}
