using Retort.Fractionation.States;

namespace Retort.Fractionation.Diversity;

/// <summary>
/// Orders texts so that each next one is the farthest from all before it, by Euclidean distance of pooled states: the first k
/// leave no text farther from its nearest chosen one than twice the least possible (Gonzalez 1985, "Clustering to minimize
/// the maximum intercluster distance"; as core-set selection: Sener and Savarese 2018, arXiv:1708.00489). Outliers come
/// early, copies last.
/// </summary>
/// <remarks>
/// Done within random blocks, see <see cref="RandomBlocks"/>: the bound holds in each. The first of a block is a random one.
/// </remarks>
internal static class KCentre
{
    /// <summary>
    /// (texts) Ranks, 0 is chosen first; <see cref="RandomBlocks.Scores"/> makes scores of them. Costs 2 · n · block · width
    /// operations; holds one block's products, block² numbers.
    /// </summary>
    /// <param name="states">The states to choose from.</param>
    /// <param name="block">The most texts that are compared with one another; <see cref="RandomBlocks.DefaultSize"/> as a rule.</param>
    /// <param name="seed">Draws the blocks.</param>
    /// <param name="cancellation">Stops between blocks.</param>
    /// <exception cref="Runs.RetortException">A state is not finite.</exception>
    public static int[] Ranks(StateRows states, int block, long seed, CancellationToken cancellation) =>
        RandomBlocks.Ranks(states, block, seed, values => Order(values, states.Width), cancellation);

    /// <summary>(rows) The rows in the order in which they are chosen, row 0 first; of two as far the first one.</summary>
    /// <param name="values">(rows × width).</param>
    /// <param name="width">Numbers in a row.</param>
    internal static int[] Order(float[] values, int width)
    {
        int count = values.Length / width;
        float[] products = Products.OfPairs(Scaled(values), width);
        float[] nearest = new float[count];
        Array.Fill(nearest, float.PositiveInfinity);
        int[] order = new int[count];
        for (int place = 1; place < count; place++)
            order[place] = Farthest(products, nearest, order[place - 1]);
        return order;
    }

    /// <summary>Brings each row's squared distance to the nearest chosen one up to date; −1 marks the chosen themselves.</summary>
    private static int Farthest(float[] products, float[] nearest, int chosen)
    {
        int count = nearest.Length, farthest = -1;
        float most = -1, own = products[chosen * count + chosen];
        ReadOnlySpan<float> with = products.AsSpan(chosen * count, count);
        nearest[chosen] = -1;
        for (int k = 0; k < count; k++)
        {
            // |a − b|² = |a|² + |b|² − 2 a·b, which rounding may bring below 0.
            float distance = Math.Max(0, own + products[k * count + k] - 2 * with[k]);
            nearest[k] = Math.Min(nearest[k], distance);
            if (nearest[k] > most)
                (most, farthest) = (nearest[k], k);
        }
        return farthest;
    }

    // Their products stay finite, and a power of two changes no order.
    private static float[] Scaled(float[] values)
    {
        float largest = values.Length == 0 ? 0 : values.Max(Math.Abs);
        double scale = largest > 0 ? Math.ScaleB(1, -Math.ILogB(largest)) : 1;
        return [.. values.Select(value => (float)(value * scale))];
    }
}
