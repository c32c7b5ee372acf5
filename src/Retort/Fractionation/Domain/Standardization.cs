using static TorchSharp.torch;

namespace Retort.Fractionation.Domain;

/// <summary>Features less their mean, over their standard deviation, where two kinds of rows count alike.</summary>
/// <param name="Mean">(width).</param>
/// <param name="Scale">(width) One over the standard deviation; 0 for a feature that says nothing because it never changes.</param>
internal sealed record Standardization(double[] Mean, double[] Scale)
{
    // A constant float is its own mean to within the rounding of doubles; a float changes by 6e-8 of itself at least.
    private const double Constant = 1e-8;

    /// <param name="first">(rows × width).</param>
    /// <param name="second">(rows × width).</param>
    /// <param name="width">Features in a row.</param>
    public static Standardization Of(float[] first, float[] second, int width)
    {
        double[] mean = new double[width], variance = new double[width];
        Average(first, mean, (value, _) => value);
        Average(second, mean, (value, _) => value);
        Average(first, variance, Square);
        Average(second, variance, Square);
        return new Standardization(mean, [.. variance.Select((value, k) => Math.Sqrt(value) > Constant * Math.Abs(mean[k]) ? 1 / Math.Sqrt(value) : 0)]);

        double Square(double value, int k) => (value - mean[k]) * (value - mean[k]);
    }

    /// <summary>(rows, width + 1) The features, and a last column of ones.</summary>
    public Tensor Apply(float[] rows)
    {
        int width = Mean.Length, count = rows.Length / width;
        double[] values = new double[count * (width + 1)];
        for (int row = 0; row < count; row++)
        {
            for (int k = 0; k < width; k++)
                values[row * (width + 1) + k] = (rows[row * width + k] - Mean[k]) * Scale[k];
            values[row * (width + 1) + width] = 1;
        }
        return tensor(values, [count, width + 1]);
    }

    /// <summary>The classifier of features as they come.</summary>
    /// <param name="weights">(width + 1) Those of standardized features, and the bias.</param>
    public LogisticRegression Undo(double[] weights)
    {
        double[] raw = [.. Scale.Select((scale, k) => scale * weights[k])];
        return new LogisticRegression(raw, weights[^1] - raw.Select((weight, k) => weight * Mean[k]).Sum());
    }

    private static void Average(float[] rows, double[] sums, Func<double, int, double> value)
    {
        double share = 0.5 * sums.Length / rows.Length;
        for (int k = 0; k < rows.Length; k++)
            sums[k % sums.Length] += share * value(rows[k], k % sums.Length);
    }
}
