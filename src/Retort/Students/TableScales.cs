using Retort.Runtime.Model;

using static TorchSharp.torch;

namespace Retort.Students;

/// <summary>
/// The scales of a student's INT8 tables, computed when it is saved, so that no reader has to pass over the vocabulary.
/// </summary>
internal static class TableScales
{
    private const int TokensAtOnce = 1024;

    /// <summary>Keeps a channel that is 0 everywhere from a scale of 0.</summary>
    private const double Smallest = 1e-30;

    /// <summary>The tensors that <see cref="StudentShape.TableScales"/> names, in the caller's DisposeScope.</summary>
    /// <param name="shape">The student's.</param>
    /// <param name="weights">Its folded weights.</param>
    public static IEnumerable<(string Name, Tensor Value)> Of(StudentShape shape, IReadOnlyList<(string Name, Tensor Value)> weights)
    {
        Dictionary<string, Tensor> byName = weights.ToDictionary(t => t.Name, t => t.Value);
        var scales = new List<(string, Tensor)>();
        using var guard = no_grad();
        foreach (int window in shape.Windows)
        {
            using var scope = NewDisposeScope();
            Tensor scale = OfWindow(window, byName[StudentShape.EmbeddingWeight],
                byName[StudentShape.ConvolutionWeight(window)], byName[StudentShape.ConvolutionBias(window)]);
            scales.Add((StudentShape.ConvolutionScale(window), scale.MoveToOuterDisposeScope()));
        }
        if (shape.NgramBuckets > 0)
        {
            Tensor largest = byName[StudentShape.NgramWeight].abs().amax([0]);
            scales.Add((StudentShape.NgramScale, (largest / sbyte.MaxValue).clamp_min(Smallest)));
        }
        return scales;
    }

    /// <summary>(raw channels): the least scale at which entries and bias have no more steps than they may.</summary>
    private static Tensor OfWindow(int window, Tensor embedding, Tensor weight, Tensor bias)
    {
        long channels = weight.shape[0];
        Tensor filters = weight.reshape(channels * window, -1).t(); // (width, channels · window)
        Tensor largest = zeros(channels * window, device: weight.device);
        for (long start = 0; start < embedding.shape[0]; start += TokensAtOnce)
        {
            using var scope = NewDisposeScope();
            Tensor rows = embedding.narrow(0, start, Math.Min(TokensAtOnce, embedding.shape[0] - start));
            largest = maximum(largest, matmul(rows, filters).abs().amax([0])).MoveToOuterDisposeScope();
        }
        Tensor entries = largest.view(channels, window).amax([1]) / StudentShape.LargestEntry(window);
        // Half a step less, for the bias is rounded.
        Tensor biases = bias.abs() / (StudentShape.LargestBias(window) - 0.5);
        return maximum(entries, biases).clamp_min(Smallest);
    }
}
