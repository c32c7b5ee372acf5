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
    public const float Smallest = 1e-30f;

    /// <summary>The scales that <see cref="StudentShape.TableScales"/> names: the least at which no entry and no bias is cut off.</summary>
    public static IReadOnlyDictionary<string, float[]> Of(FoldedStudent student)
    {
        StudentShape shape = student.Shape;
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        Tensor embedding = student.Embeddings();
        var scales = new Dictionary<string, float[]>();
        for (int k = 0; k < shape.Windows.Count; k++)
        {
            using var each = NewDisposeScope();
            int window = shape.Windows[k];
            Tensor weight = tensor(student[StudentShape.ConvolutionWeight(window)], [shape.RawChannels(k), window, shape.EmbeddingWidth]);
            Tensor bias = tensor(student[StudentShape.ConvolutionBias(window)]);
            scales[StudentShape.ConvolutionScale(window)] = OfWindow(window, embedding, weight, bias).data<float>().ToArray();
        }
        if (shape.NgramBuckets > 0)
        {
            StoredTensor ngrams = student.Weights[StudentShape.NgramWeight];
            scales[StudentShape.NgramScale] = ngrams.Type == TensorType.I8 ? ngrams.Scales
                : (tensor(ngrams.Values, [shape.NgramRowCount, shape.NgramWidth]).abs().amax([0]) / sbyte.MaxValue).clamp_min(Smallest).data<float>().ToArray();
        }
        return scales;
    }

    /// <summary>The scales of a window's tables, where its biases ask for larger ones as large as that.</summary>
    /// <param name="window">Width of the window.</param>
    /// <param name="scales">(raw channels)</param>
    /// <param name="biases">(raw channels)</param>
    public static float[] Bounded(int window, float[] scales, float[] biases) =>
        [.. scales.Select((scale, c) => Math.Max(scale, Math.Abs(biases[c]) / (StudentShape.LargestBias(window) - 0.5f)))];

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
