using Retort.Runs;

namespace Retort.Fractionation;

/// <summary>Draws texts as often as their weights say.</summary>
internal static class Resampling
{
    private const long Stream = 0x6472_6177;

    /// <summary>
    /// As many texts as there are rows, each standing there its weight rounded down or up: systematic resampling, whose counts
    /// vary less than independent draws (Carpenter et al. 1999).
    /// </summary>
    /// <param name="rows">The texts.</param>
    /// <param name="weights">(rows) Of mean 1; at least 0.</param>
    /// <param name="seed">Of the draw.</param>
    /// <param name="pass">Another pass, another draw.</param>
    public static int[] Draw(int[] rows, double[] weights, long seed, long pass)
    {
        double offset = new SeededRandom(seed, Stream + pass).Share(), sum = offset;
        var drawn = new List<int>(rows.Length);
        for (int k = 0; k < rows.Length; k++)
        {
            sum += weights[k];
            // The last bound is set, not summed up: rounding must not lose a text.
            double bound = k == rows.Length - 1 ? rows.Length : sum;
            while (drawn.Count + 1 <= bound)
                drawn.Add(rows[k]);
        }
        return [.. drawn];
    }

    /// <summary>Weights scaled to mean 1.</summary>
    public static double[] Normalized(double[] weights)
    {
        double mean = weights.Average();
        return Array.ConvertAll(weights, weight => weight / mean);
    }
}
