using Retort.Runs;

namespace Retort.Fractionation;

/// <summary>The order of scores. Equal scores stand in an order that the seed draws: rows of a file are often sorted by something.</summary>
internal static class Ranks
{
    private const long Ties = 0x7469_6573;

    /// <summary>(texts) Rows from the lowest score to the highest.</summary>
    /// <exception cref="RetortException">A score is not a number.</exception>
    public static int[] Order(ReadOnlySpan<double> scores, long seed)
    {
        int[] rows = new int[scores.Length];
        double[] keys = scores.ToArray();
        for (int k = 0; k < rows.Length; k++)
        {
            if (double.IsNaN(keys[k]))
                throw new RetortException($"the score of text {k} of the transfer set is not a number: the teacher's signals or the student's logits are not finite");
            rows[k] = k;
        }
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
