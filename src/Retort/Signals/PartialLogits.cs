using Retort.Metrics;

namespace Retort.Signals;

/// <summary>What a teacher says of some texts, of which it may know only a part.</summary>
/// <param name="Logits">(texts × classes); zeros where it knows nothing.</param>
/// <param name="Known">(texts) Whether it knows the text.</param>
public sealed record PartialLogits(LogitTable Logits, bool[] Known)
{
    /// <summary>From a cache, with its classes in the order of the data's.</summary>
    /// <param name="cache">The teacher's signals.</param>
    /// <param name="order">(classes) The cache's class for each of the data's.</param>
    /// <param name="texts">The texts.</param>
    public static PartialLogits Of(SignalCache cache, int[] order, IReadOnlyList<string> texts)
    {
        bool[] known = texts.Select(cache.Contains).ToArray();
        LogitTable found = cache.Logits(texts.Where((_, k) => known[k]).ToArray());
        float[] values = new float[texts.Count * order.Length];
        for (int k = 0, row = 0; k < texts.Count; k++)
        {
            if (!known[k])
                continue;
            ReadOnlySpan<float> logits = found.Row(row++);
            for (int c = 0; c < order.Length; c++)
                values[k * order.Length + c] = logits[order[c]];
        }
        return new PartialLogits(new LogitTable(values, order.Length), known);
    }

    /// <summary>The texts of some rows, in their order.</summary>
    public PartialLogits Choose(int[] rows) => new(Logits.Choose(rows), Array.ConvertAll(rows, k => Known[k]));
}
