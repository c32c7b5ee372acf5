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
        var random = new SeededRandom(seed, Stream + pass);
        int[] order = Enumerable.Range(0, rows.Length).ToArray();
        random.Shuffle<int>(order);
        // Texts of one weight, such as those of a class, stand together: so a class as a whole comes out as often as it weighs, and a
        // pattern in the order of the rows has no say.
        order = [.. order.OrderBy(k => weights[k])];
        double sum = random.Share();
        var drawn = new List<int>(rows.Length);
        foreach (int k in order)
        {
            sum += weights[k];
            // The last bound is set, not summed up: rounding must not lose a text.
            double bound = k == order[^1] ? rows.Length : sum;
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
