namespace Retort.Training;

/// <summary>Which texts go together where nothing is learnt: those of like length, for padding is wasted work.</summary>
public static class LengthBatches
{
    /// <summary>Every text once, the longest first so that a lack of memory shows at once.</summary>
    /// <param name="lengths">The length of each text, in tokens.</param>
    /// <param name="rows">Rows that each text takes up in a batch; null: one.</param>
    /// <param name="tokens">The most tokens a batch, padding included; a text with more is a batch of its own.</param>
    /// <param name="texts">The most texts a batch.</param>
    /// <returns>Indices of texts.</returns>
    public static IEnumerable<int[]> Of(
        IReadOnlyList<int> lengths, IReadOnlyList<int>? rows, int tokens, int texts = int.MaxValue)
    {
        int[] order = Enumerable.Range(0, lengths.Count).OrderByDescending(k => lengths[k]).ToArray();
        for (int start = 0; start < order.Length;)
        {
            long width = lengths[order[start]], height = 0;
            int end = start;
            for (; end < order.Length && end - start < texts; end++)
            {
                height += rows is null ? 1 : rows[order[end]];
                if (end > start && height * width > tokens)
                    break;
            }
            yield return order[start..end];
            start = end;
        }
    }
}
