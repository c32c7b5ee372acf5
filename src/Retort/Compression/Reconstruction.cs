using Retort.Students;
using Retort.Training;
using static TorchSharp.torch;

namespace Retort.Compression;

/// <summary>
/// Fits the layer behind the pooled features anew, so that it gives what it gave before the features changed: least squares
/// over unlabelled texts, in closed form (He et al. 2017, arXiv:1707.06168, without its selection).
/// </summary>
internal static class Reconstruction
{
    private const int BatchTokens = 16_384, BatchTexts = 1024;

    /// <summary>How much the weights are held where they are, as a share of the features' mean square.</summary>
    private const double Ridge = 1e-3;

    /// <summary>The changed student with its reading layer fitted.</summary>
    /// <param name="original">Whose answers are wanted.</param>
    /// <param name="originalTexts">(texts) as the original reads them.</param>
    /// <param name="changed">The student with other features.</param>
    /// <param name="texts">(texts) the same as it reads them.</param>
    public static FoldedStudent Fit(FoldedStudent original, IReadOnlyList<int[]> originalTexts, FoldedStudent changed, IReadOnlyList<int[]> texts)
    {
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        string reader = NgramReduction.Reader(original), bias = reader.Replace("weight", "bias", StringComparison.Ordinal);
        long outputs = original[bias].Length;
        Tensor wanted = WithOne(Features(original, originalTexts)).matmul(Joined(original, reader, bias, outputs).t()); // (texts, outputs)
        Tensor features = WithOne(Features(changed, texts)), present = Joined(changed, reader, bias, outputs);
        Tensor moment = features.t().matmul(features);
        Tensor ridge = eye(moment.shape[0], dtype: float64) * (Ridge * moment.diagonal().mean());
        // What is missing is fitted, so that the ridge holds to the weights there are.
        Tensor missing = wanted - features.matmul(present.t());
        Tensor fitted = present + linalg.solve(moment + ridge, features.t().matmul(missing)).t(); // (outputs, width + 1)
        long width = fitted.shape[1] - 1;
        return changed.With(changed.Shape, (reader, Singles(fitted.narrow(1, 0, width))), (bias, Singles(fitted.narrow(1, width, 1))));
    }

    /// <summary>The pooled features of texts in order, float64: (texts, pooled width), in the caller's DisposeScope.</summary>
    public static Tensor Features(FoldedStudent student, IReadOnlyList<int[]> texts)
    {
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        using Student computing = student.ToStudent(CPU);
        Tensor all = zeros(texts.Count, student.Shape.PooledWidth, dtype: float64);
        foreach (int[] batch in LengthBatches.Of([.. texts.Select(text => text.Length)], null, BatchTokens, BatchTexts))
        {
            using var each = NewDisposeScope();
            TextBatch input = TextBatch.Create(Array.ConvertAll(batch, k => texts[k]), student.Shape.NgramBuckets);
            all.index_copy_(0, tensor(Array.ConvertAll(batch, k => (long)k)), computing.Module.Features(input).to(float64));
        }
        return all.MoveToOuterDisposeScope();
    }

    private static Tensor WithOne(Tensor features) => nn.functional.pad(features, [0, 1], value: 1);

    // (outputs, width + 1): weights and bias.
    private static Tensor Joined(FoldedStudent student, string weight, string bias, long outputs) =>
        cat([tensor(student[weight], [outputs, student.Shape.PooledWidth]), tensor(student[bias], [outputs, 1])], 1).to(float64);

    private static float[] Singles(Tensor values) => values.to(float32).contiguous().data<float>().ToArray();
}
