using System.Runtime.Intrinsics;

namespace Retort.Runtime.Kernels;

/// <summary>From pooled integers to features: integer × step, a single rounding each.</summary>
internal static class Features
{
    private const int Block = 16;

    /// <param name="maxima">At least as many as there are features, in whole blocks.</param>
    /// <param name="steps">(features)</param>
    /// <param name="features">(features)</param>
    public static void Scale(ReadOnlySpan<short> maxima, ReadOnlySpan<float> steps, Span<float> features)
    {
        int c = 0;
        for (; c <= features.Length - Block; c += Block)
            Scale(Vector256.Create(maxima[c..]), steps[c..], features[c..]);
        for (; c < features.Length; c++)
            features[c] = maxima[c] * steps[c];
    }

    /// <summary>The same for sums that lack their bias and ReLU.</summary>
    /// <param name="maxima">At least as many as there are features.</param>
    /// <param name="biases">As many.</param>
    /// <param name="steps">(features)</param>
    /// <param name="features">(features)</param>
    public static void ScaleRelu(ReadOnlySpan<short> maxima, ReadOnlySpan<short> biases, ReadOnlySpan<float> steps, Span<float> features)
    {
        int c = 0;
        for (; c <= features.Length - Block; c += Block)
        {
            Vector256<short> sums = Vector256.Create(maxima[c..]) + Vector256.Create(biases[c..]);
            Scale(Vector256.Max(sums, Vector256<short>.Zero), steps[c..], features[c..]);
        }
        for (; c < features.Length; c++)
            features[c] = Math.Max(maxima[c] + biases[c], 0) * steps[c];
    }

    private static void Scale(Vector256<short> units, ReadOnlySpan<float> steps, Span<float> features)
    {
        (Vector256<int> low, Vector256<int> high) = Vector256.Widen(units);
        (Vector256.ConvertToSingle(low) * Vector256.Create(steps)).CopyTo(features);
        (Vector256.ConvertToSingle(high) * Vector256.Create(steps[8..])).CopyTo(features[8..]);
    }
}
