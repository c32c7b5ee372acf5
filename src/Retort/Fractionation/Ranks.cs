using Retort.Runs;

namespace Retort.Fractionation;

/// <summary>The order of scores. Equal scores stand in an order that the seed draws: rows of a file are often sorted by something.</summary>
internal static class Ranks
{
    private const long Ties = 0x7469_6573;

    /// <summary>(texts) Rows from the lowest score to the highest.</summary>
    /// <param name="scores">(texts) Each a number, or infinite.</param>
    /// <param name="seed">Of the order of equal ones.</param>
    public static int[] Order(ReadOnlySpan<double> scores, long seed)
    {
        int[] rows = Enumerable.Range(0, scores.Length).ToArray();
        double[] keys = scores.ToArray();
        new SeededRandom(seed, Ties).Shuffle<int>(rows);
        double[] shuffled = Array.ConvertAll(rows, row => keys[row]);
        int[] places = Enumerable.Range(0, rows.Length).ToArray();
        // Array.Sort is not stable: the place decides where scores are equal.
        Array.Sort(places, (a, b) => shuffled[a] != shuffled[b] ? shuffled[a].CompareTo(shuffled[b]) : a.CompareTo(b));
        return Array.ConvertAll(places, place => rows[place]);
    }

    /// <summary>(texts) The rank of each, from above 0 for the lowest to below 1 for the highest.</summary>
    public static double[] Of(ReadOnlySpan<double> scores, long seed)
    {
        int[] order = Order(scores, seed);
        double[] ranks = new double[order.Length];
        for (int k = 0; k < order.Length; k++)
            ranks[order[k]] = (k + 0.5) / order.Length;
        return ranks;
    }
}
