using Retort.Data;
using Retort.Metrics;

namespace Retort.Transfer;

/// <summary>Leaves out, block by block, the unlabelled texts that the teacher is unsure of.</summary>
/// <param name="leastProbability">What the largest probability of a text must be at least; 0: none is left out.</param>
/// <param name="labelled">How many labelled texts come first; they stay.</param>
internal sealed class ConfidentRows(double leastProbability, int labelled)
{
    private readonly List<int> _kept = [];

    /// <summary>The rows of the texts that stay. To be gone through once.</summary>
    /// <param name="blocks">(texts × classes) The teacher's logits, single-label: of the labelled texts, then of the others.</param>
    public IEnumerable<LogitTable> Of(IEnumerable<LogitTable> blocks) => leastProbability == 0 ? blocks : Filter(blocks);

    /// <summary>The unlabelled texts that stay, once all blocks have been gone through.</summary>
    public IReadOnlyList<string> From(IReadOnlyList<string> unlabelled) => leastProbability == 0 ? unlabelled : new ChosenTexts(unlabelled, _kept);

    private IEnumerable<LogitTable> Filter(IEnumerable<LogitTable> blocks)
    {
        int start = 0;
        foreach (LogitTable block in blocks)
        {
            int from = start;
            int[] rows = [.. Enumerable.Range(0, block.Count).Where(k => from + k < labelled || Probability.Softmax(block.Row(k)).Max() >= leastProbability)];
            _kept.AddRange(rows.Where(k => from + k >= labelled).Select(k => from + k - labelled));
            start += block.Count;
            yield return block.Choose(rows);
        }
    }
}
