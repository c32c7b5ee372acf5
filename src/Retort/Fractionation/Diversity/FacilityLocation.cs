using Retort.Fractionation.States;

namespace Retort.Fractionation.Diversity;

/// <summary>
/// Orders texts so that each next one adds the most to how well the chosen ones stand for all: to the sum over all texts of
/// the largest cosine to a chosen one, none counted below 0. That sum is monotone and submodular, so that the first k reach
/// at least 1 − 1/e of the best k (Nemhauser, Wolsey and Fisher 1978), and a gain only falls: it is looked at again only when
/// it is the largest known (lazy evaluation: Minoux 1978, "Accelerated greedy algorithms"). For choosing training data: Wei,
/// Iyer and Bilmes 2015, "Submodularity in data subset selection and active learning". Middles of groups come early.
/// </summary>
/// <remarks>Done within random blocks, see <see cref="RandomBlocks"/>: the bound holds in each.</remarks>
internal static class FacilityLocation
{
    /// <summary>
    /// (texts) Ranks, 0 is chosen first; <see cref="RandomBlocks.Scores"/> makes scores of them. Costs 2 · n · block · width
    /// operations and the gains that are looked at, n · block for the first and some more; holds one block's cosines, block².
    /// </summary>
    /// <param name="states">The states to choose from.</param>
    /// <param name="block">The most texts that are compared with one another; <see cref="RandomBlocks.DefaultSize"/> as a rule.</param>
    /// <param name="seed">Draws the blocks.</param>
    /// <param name="cancellation">Stops between blocks.</param>
    /// <exception cref="Runs.RetortException">A state is not finite.</exception>
    public static int[] Ranks(StateRows states, int block, long seed, CancellationToken cancellation) =>
        RandomBlocks.Ranks(states, block, seed, values => Order(values, states.Width), cancellation);

    /// <summary>(rows) The rows in the order in which they are chosen; of two that add as much the first one.</summary>
    /// <param name="values">(rows × width).</param>
    /// <param name="width">Numbers in a row.</param>
    internal static int[] Order(float[] values, int width)
    {
        int count = values.Length / width;
        float[] cosines = Products.OfPairs(UnitRows.Of(values, width), width);
        float[] covered = new float[count];
        // By the gain when last looked at, the largest first, and by row.
        var gains = new PriorityQueue<int, (double Loss, int Row)>(count);
        for (int row = 0; row < count; row++)
            gains.Enqueue(row, (-Gain(Row(row), covered), row));
        int[] order = new int[count];
        for (int place = 0; place < count; place++)
        {
            order[place] = Next(gains, row => Gain(Row(row), covered));
            Cover(Row(order[place]), covered);
        }
        return order;

        ReadOnlySpan<float> Row(int row) => cosines.AsSpan(row * count, count);
    }

    /// <summary>Takes the row of the largest gain: the first in the queue that stays there with its gain as it is now.</summary>
    private static int Next(PriorityQueue<int, (double Loss, int Row)> gains, Func<int, double> gain)
    {
        int row = gains.Dequeue();
        while (gains.Count > 0)
        {
            (double Loss, int Row) now = (-gain(row), row);
            gains.TryPeek(out _, out (double Loss, int Row) other);
            if (now.CompareTo(other) < 0)
                break;
            row = gains.EnqueueDequeue(row, now);
        }
        return row;
    }

    private static double Gain(ReadOnlySpan<float> cosines, float[] covered)
    {
        double gain = 0;
        for (int k = 0; k < covered.Length; k++)
            gain += Math.Max(0, cosines[k] - covered[k]);
        return gain;
    }

    private static void Cover(ReadOnlySpan<float> cosines, float[] covered)
    {
        for (int k = 0; k < covered.Length; k++)
            covered[k] = Math.Max(covered[k], cosines[k]);
    }
}
