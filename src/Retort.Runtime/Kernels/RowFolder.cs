using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Retort.Runtime.Model;

namespace Retort.Runtime.Kernels;

/// <summary>
/// Folds the convolution into rows of tokens: for each window, offset and channel the product of the token's embedding and
/// the filter's slice. A product is summed from the first embedding element to the last, each multiplied and then added in
/// single precision without FMA, so that rows are the same on every machine. Immutable and thread-safe.
/// </summary>
internal sealed class RowFolder
{
    /// <summary>Channels that are computed at once: enough sums to hide the latency of an addition.</summary>
    private const int Group = 32;

    private readonly int _width, _channels;

    // One a window, offset and half (values, gates): (group of channels, embedding width, channel).
    private readonly List<float[]> _slices = [];

    /// <param name="files">An open student.</param>
    /// <param name="channels">Channels of each window's values or gates in a row, padded.</param>
    public RowFolder(StudentFiles files, int channels)
    {
        StudentShape shape = files.Config.Shape;
        (_width, _channels) = (shape.EmbeddingWidth, channels);
        foreach (int window in shape.Windows)
        {
            float[] weights = files.ReadWeights(StudentShape.ConvolutionWeight(window));
            for (int j = 0; j < window; j++)
            {
                for (int first = 0; first < shape.RawChannels; first += shape.Filters)
                    _slices.Add(Slice(weights, window, j, first, shape.Filters));
            }
        }
    }

    /// <summary>Floats of a row: every window, every offset, values and gates.</summary>
    public int RowLength => checked(_slices.Count * _channels);

    /// <summary>Computes rows of some tokens: each slice of the filters is read once for all of them.</summary>
    /// <param name="embeddings">(tokens, width)</param>
    /// <param name="rows">(tokens, <see cref="RowLength"/>); padded channels are 0.</param>
    public void Fold(ReadOnlySpan<float> embeddings, Span<float> rows)
    {
        for (int slice = 0; slice < _slices.Count; slice++)
        {
            for (int c = 0; c < _channels; c += Group)
            {
                ReadOnlySpan<float> weights = _slices[slice].AsSpan(c * _width, Group * _width);
                for (int token = 0; token * _width < embeddings.Length; token++)
                {
                    Span<float> row = rows.Slice(token * RowLength + slice * _channels + c, Math.Min(Group, _channels - c));
                    SumGroup(embeddings.Slice(token * _width, _width), weights, row);
                }
            }
        }
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
    private float[] Slice(float[] weights, int window, int offset, int first, int filters)
    {
        float[] slice = new float[checked((_channels + Group - 1) / Group * Group * _width)];
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
