using Retort.Fractionation.States;
using Retort.Runs;

namespace Retort.Fractionation.Diversity;

/// <summary>
/// Makes an order of all texts from the orders within random blocks, so that what is quadratic in a block is linear in all:
/// first come the first of every block, then the second of every block, and so on. Blocks do not know of one another: two
/// texts alike in two blocks may both come early, and the more blocks, the more the first texts look like random ones.
/// </summary>
internal static class RandomBlocks
{
    /// <summary>Texts in a block where nothing else is asked for: its products are 16 MiB.</summary>
    public const int DefaultSize = 2048;

    /// <summary>(texts) The place of each text in the order: 0 is chosen first; each place once.</summary>
    /// <param name="states">The states of the texts.</param>
    /// <param name="size">The most texts in a block, at least 1; blocks differ by one text at most.</param>
    /// <param name="seed">Draws the blocks.</param>
    /// <param name="order">(rows × width) → (rows) The rows of a block in the order in which they are chosen.</param>
    /// <param name="cancellation">Stops between blocks.</param>
    public static int[] Ranks(StateRows states, int size, long seed, Func<float[], int[]> order, CancellationToken cancellation)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 1);
        int[] shuffled = [.. Enumerable.Range(0, states.Count)];
        new SeededRandom(seed).Shuffle(shuffled.AsSpan());
        int blocks = (int)(((long)states.Count + size - 1) / size);
        int[] ranks = new int[states.Count];
        for (int block = 0; block < blocks; block++)
        {
            cancellation.ThrowIfCancellationRequested();
            int[] rows = [.. Enumerable.Range(0, (states.Count - block + blocks - 1) / blocks).Select(k => shuffled[block + k * blocks])];
            int[] chosen = order(states.Gather(rows));
            for (int place = 0; place < chosen.Length; place++)
                ranks[rows[chosen[place]]] = block + place * blocks;
        }
        return ranks;
    }

    /// <summary>(texts) Ranks as scores: from 1 for the first, falling by 1 / n.</summary>
    public static double[] Scores(int[] ranks) => [.. ranks.Select(rank => 1 - rank / (double)ranks.Length)];
}
