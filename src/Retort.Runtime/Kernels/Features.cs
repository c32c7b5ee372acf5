using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Retort.Runtime.Kernels;

/// <summary>From pooled integers to features: integer × step, a single rounding each.</summary>
internal static unsafe class Features
{
    private const int Block = 16;

    /// <param name="maxima">At least as many as there are features, in whole blocks.</param>
    /// <param name="steps">(features)</param>
    /// <param name="features">(features)</param>
    public static void Scale(ReadOnlySpan<short> maxima, ReadOnlySpan<float> steps, Span<float> features)
    {
        int count = Check(features.Length, maxima.Length, steps.Length), c = 0;
        fixed (short* unit = maxima)
        fixed (float* step = steps, feature = features)
        {
            for (; c <= count - Block; c += Block)
                Scale(Vector256.Load(unit + c), step + c, feature + c);
            for (; c < count; c++)
                feature[c] = unit[c] * step[c];
        }
    }

    /// <summary>The same for sums that lack their bias and ReLU.</summary>
    /// <param name="maxima">At least as many as there are features.</param>
    /// <param name="biases">As many.</param>
    /// <param name="steps">(features)</param>
    /// <param name="features">(features)</param>
    public static void ScaleRelu(ReadOnlySpan<short> maxima, ReadOnlySpan<short> biases, ReadOnlySpan<float> steps, Span<float> features)
    {
        int count = Check(features.Length, Math.Min(maxima.Length, biases.Length), steps.Length), c = 0;
        fixed (short* unit = maxima, bias = biases)
        fixed (float* step = steps, feature = features)
        {
            for (; c <= count - Block; c += Block)
                Scale(Vector256.Max(Vector256.Load(unit + c) + Vector256.Load(bias + c), Vector256<short>.Zero), step + c, feature + c);
            for (; c < count; c++)
                feature[c] = Math.Max(unit[c] + bias[c], 0) * step[c];
        }
    }

    private static int Check(int features, int units, int steps) => features <= Math.Min(units, steps) ? features
        : throw new ArgumentException($"{units} units and {steps} steps cannot become {features} features");

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Scale(Vector256<short> units, float* steps, float* features)
    {
        (Vector256<int> low, Vector256<int> high) = Vector256.Widen(units);
        (Vector256.ConvertToSingle(low) * Vector256.Load(steps)).Store(features);
        (Vector256.ConvertToSingle(high) * Vector256.Load(steps + Block / 2)).Store(features + Block / 2);
    }
}
