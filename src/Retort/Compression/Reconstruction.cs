using Retort.Students;
using static TorchSharp.torch;

namespace Retort.Compression;

/// <summary>
/// Fits the layer behind the pooled features anew, so that it gives what it gave before the features changed: least squares
/// over unlabelled texts, in closed form (He et al. 2017, arXiv:1707.06168, without its selection).
/// </summary>
internal static class Reconstruction
{
    /// <summary>How much the weights are held where they are, as a share of the features' mean square.</summary>
    private const double Ridge = 1e-3;

    /// <summary>The changed student with its reading layer fitted.</summary>
    /// <param name="said">(texts × outputs) what the original's layer gives: <see cref="Outputs"/>.</param>
    /// <param name="changed">The student with other features.</param>
    /// <param name="texts">(texts) the same texts as it reads them.</param>
    public static FoldedStudent Fit(double[] said, FoldedStudent changed, IReadOnlyList<int[]> texts)
    {
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        string reader = changed.Reader, bias = Bias(changed);
        Tensor wanted = tensor(said, [texts.Count, changed[bias].Length]);
        Tensor features = WithOne(Features(changed, texts)), present = Joined(changed);
        Tensor moment = features.t().matmul(features);
        Tensor ridge = eye(moment.shape[0], dtype: float64) * (Ridge * moment.diagonal().mean());
        // What is missing is fitted, so that the ridge holds to the weights there are.
        Tensor missing = wanted - features.matmul(present.t());
        Tensor fitted = present + linalg.solve(moment + ridge, features.t().matmul(missing)).t(); // (outputs, width + 1)
        long width = fitted.shape[1] - 1;
        return changed.With(changed.Shape, (reader, Singles(fitted.narrow(1, 0, width))), (bias, Singles(fitted.narrow(1, width, 1))));
    }

    /// <summary>What the layer behind the pooled features gives for texts, before any activation: (texts × outputs), row by row.</summary>
    public static double[] Outputs(FoldedStudent student, IReadOnlyList<int[]> texts)
    {
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        return WithOne(Features(student, texts)).matmul(Joined(student).t()).data<double>().ToArray();
    }

    /// <summary>The pooled features of texts in order, float64: (texts, pooled width), in the caller's DisposeScope.</summary>
    public static Tensor Features(FoldedStudent student, IReadOnlyList<int[]> texts)
    {
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        using Student computing = student.ToStudent(CPU);
        Tensor all = zeros(texts.Count, student.Shape.PooledWidth, dtype: float64);
        computing.EachBatch(texts, (batch, input) =>
            all.index_copy_(0, tensor(Array.ConvertAll(batch, k => (long)k)), computing.Module.Features(input).to(float64)));
        return all.MoveToOuterDisposeScope();
    }

    private static Tensor WithOne(Tensor features) => nn.functional.pad(features, [0, 1], value: 1);

    // (outputs, width + 1): weights and bias.
    private static Tensor Joined(FoldedStudent student)
    {
        float[] biases = student[Bias(student)];
        return cat([tensor(student[student.Reader], [biases.Length, student.Shape.PooledWidth]), tensor(biases, [biases.Length, 1])], 1).to(float64);
    }

    private static string Bias(FoldedStudent student) => student.Reader.Replace("weight", "bias", StringComparison.Ordinal);

    private static float[] Singles(Tensor values) => values.to(float32).contiguous().data<float>().ToArray();
}
