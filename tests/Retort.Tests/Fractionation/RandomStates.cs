using Retort.Fractionation.States;
using Retort.Runs;

namespace Retort.Tests.Fractionation;

/// <summary>Made-up pooled states.</summary>
internal static class RandomStates
{
    /// <summary>(rows × width) Normally distributed about a mean, standard deviation 1.</summary>
    public static float[] Normal(int rows, int width, long seed, double mean = 0)
    {
        var random = new SeededRandom(seed);
        // Box–Muller; 1 − share is above 0.
        return [.. Enumerable.Range(0, rows * width).Select(_ =>
            (float)(mean + Math.Sqrt(-2 * Math.Log(1 - random.Share())) * Math.Cos(2 * Math.PI * random.Share())))];
    }

    public static StateRows Source(float[] values, int width) => Of("source", values, width);

    public static StateRows Target(float[] values, int width) => Of("target", values, width);

    /// <param name="name">What messages call them.</param>
    /// <param name="values">(texts × width), one state behind the other.</param>
    /// <param name="width">Numbers in a state.</param>
    public static StateRows Of(string name, float[] values, int width) =>
        new(name, values.Length / width, width, (start, rows) => values.AsSpan(start * width, rows * width).ToArray());

    public static double Cosine(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        double product = 0, first = 0, second = 0;
        for (int k = 0; k < a.Length; k++)
        {
            product += (double)a[k] * b[k];
            first += (double)a[k] * a[k];
            second += (double)b[k] * b[k];
        }
        return first == 0 || second == 0 ? 0 : product / Math.Sqrt(first * second);
    }
}
