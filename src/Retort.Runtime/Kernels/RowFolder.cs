using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Retort.Runtime.Model;

namespace Retort.Runtime.Kernels;

/// <summary>
/// Folds the convolution into rows of tokens: for each window, offset and channel the product of the token's embedding and
/// the filter's slice. A product is summed from the first embedding element to the last, each multiplied and then added in
/// single precision without FMA, so that rows are the same on every machine. Where embeddings and filters are both INT8, what
/// is summed are their steps, which is exact in any order, and the sum is multiplied by the token's scale and then by the
/// filter's. Immutable and thread-safe.
/// </summary>
internal sealed class RowFolder
{
    /// <summary>Channels that are computed at once: enough sums to hide the latency of an addition.</summary>
    private const int Group = 32;

    /// <summary>Sums of this many products of steps are exact in single precision.</summary>
    public const int WidestExact = (1 << 24) / (128 * 128);

    private readonly int _width;

    // (row length) of filters in INT8; empty otherwise.
    private readonly float[] _scales = [];

    // One a window, offset and half (values, gates), with its channels: (group of channels, embedding width, channel).
    private readonly List<(float[] Weights, int Channels)> _slices = [];

    /// <param name="files">An open student.</param>
    /// <param name="channels">(windows) channels of a window's values or gates in a row, padded.</param>
    public RowFolder(StudentFiles files, ReadOnlySpan<int> channels)
    {
        StudentShape shape = files.Config.Shape;
        _width = shape.EmbeddingWidth;
        IsInteger = _width <= WidestExact && shape.Windows.Select(StudentShape.ConvolutionWeight).Append(StudentShape.EmbeddingWeight)
            .All(name => files.Tensors.Tensors[name].Type == TensorType.I8);
        for (int k = 0; k < shape.Windows.Count; k++)
        {
            int window = shape.Windows[k], filters = shape.Filters[k];
            string name = StudentShape.ConvolutionWeight(window);
            float[] weights = IsInteger ? files.ReadSteps(name) : files.ReadWeights(name);
            for (int j = 0; j < window; j++)
            {
                for (int first = 0; first < shape.RawChannels(k); first += filters)
                    _slices.Add((Slice(weights, window, j, first, filters, channels[k]), channels[k]));
            }
        }
        RowLength = checked(_slices.Sum(slice => slice.Channels));
        if (IsInteger)
            _scales = Scales(files, channels);
    }

    /// <summary>Whether <see cref="Fold"/> takes steps of embeddings, with their scales.</summary>
    public bool IsInteger { get; }

    /// <summary>Floats of a row: every window, every offset, values and gates.</summary>
    public int RowLength { get; }

    /// <summary>Computes rows of some tokens: each slice of the filters is read once for all of them.</summary>
    /// <param name="embeddings">(tokens, width)</param>
    /// <param name="scales">(tokens) where <see cref="IsInteger"/>.</param>
    /// <param name="rows">(tokens, <see cref="RowLength"/>); padded channels are 0.</param>
    public void Fold(ReadOnlySpan<float> embeddings, ReadOnlySpan<float> scales, Span<float> rows)
    {
        int start = 0;
        foreach ((float[] slice, int channels) in _slices)
        {
            for (int c = 0; c < channels; c += Group)
            {
                ReadOnlySpan<float> weights = slice.AsSpan(c * _width, Group * _width);
                for (int token = 0; token * _width < embeddings.Length; token++)
                {
                    Span<float> row = rows.Slice(token * RowLength + start + c, Math.Min(Group, channels - c));
                    SumGroup(embeddings.Slice(token * _width, _width), weights, row);
                }
            }
            start += channels;
        }
        for (int token = 0; IsInteger && token < scales.Length; token++)
            Scale(rows.Slice(token * RowLength, RowLength), scales[token]);
    }

    private void Scale(Span<float> row, float token)
    {
        for (int k = 0; k < row.Length; k++)
            row[k] = row[k] * token * _scales[k];
    }

    private float[] Scales(StudentFiles files, ReadOnlySpan<int> channels)
    {
        StudentShape shape = files.Config.Shape;
        float[] scales = new float[RowLength];
        for (int k = 0, start = 0; k < shape.Windows.Count; k++)
        {
            float[] own = files.ReadScales(StudentFiles.ScaleOf(StudentShape.ConvolutionWeight(shape.Windows[k])));
            for (int j = 0; j < shape.Windows[k]; j++)
            {
                for (int first = 0; first < own.Length; first += shape.Filters[k], start += channels[k])
                    own.AsSpan(first, shape.Filters[k]).CopyTo(scales.AsSpan(start));
            }
        }
        return scales;
    }

    private static void SumGroup(ReadOnlySpan<float> embedding, ReadOnlySpan<float> weights, Span<float> row)
    {
        Vector256<float> s0 = default, s1 = default, s2 = default, s3 = default;
        ref float weight = ref MemoryMarshal.GetReference(weights);
        nuint at = 0;
        foreach (float element in embedding)
        {
            Vector256<float> factor = Vector256.Create(element);
            s0 += factor * Vector256.LoadUnsafe(ref weight, at);
            s1 += factor * Vector256.LoadUnsafe(ref weight, at + 8);
            s2 += factor * Vector256.LoadUnsafe(ref weight, at + 16);
            s3 += factor * Vector256.LoadUnsafe(ref weight, at + 24);
            at += Group;
        }
        if (row.Length == Group)
        {
            Store(s0, s1, s2, s3, row);
            return;
        }
        Span<float> sums = stackalloc float[Group];
        Store(s0, s1, s2, s3, sums);
        sums[..row.Length].CopyTo(row);
    }

    private static void Store(Vector256<float> s0, Vector256<float> s1, Vector256<float> s2, Vector256<float> s3, Span<float> row)
    {
        s0.CopyTo(row);
        s1.CopyTo(row[8..]);
        s2.CopyTo(row[16..]);
        s3.CopyTo(row[24..]);
    }

    // What is read in turn stands in turn.
    private float[] Slice(float[] weights, int window, int offset, int first, int filters, int channels)
    {
        float[] slice = new float[checked((channels + Group - 1) / Group * Group * _width)];
        for (int c = 0; c < filters; c++)
        {
            ReadOnlySpan<float> source = weights.AsSpan(((first + c) * window + offset) * _width, _width);
            int start = c / Group * Group * _width + c % Group;
            for (int e = 0; e < source.Length; e++)
                slice[start + e * Group] = source[e];
        }
        return slice;
    }
}
