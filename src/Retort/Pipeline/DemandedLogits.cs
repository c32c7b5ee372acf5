using Retort.Metrics;

namespace Retort.Pipeline;

/// <summary>Logits of a transfer set that the teacher is asked for when they are wanted. In memory: (texts × classes) float.</summary>
/// <param name="texts">The transfer set.</param>
/// <param name="classes">Logits a row.</param>
/// <param name="ask">The teacher's logits of some rows.</param>
internal sealed class DemandedLogits(int texts, int classes, Func<int[], LogitTable> ask) : ILogitRows
{
    private readonly LogitTable _all = new(new float[checked(texts * classes)], classes);
    private readonly bool[] _known = new bool[texts];

    public int Count => texts;

    public int Classes => classes;

    public LogitTable Choose(IReadOnlyList<int> rows)
    {
        int[] unknown = [.. rows.Where(row => !_known[row]).Distinct()];
        if (unknown.Length > 0)
        {
            LogitTable said = ask(unknown);
            for (int k = 0; k < unknown.Length; k++)
            {
                said.Row(k).CopyTo(_all.Values.AsSpan(unknown[k] * classes));
                _known[unknown[k]] = true;
            }
        }
        return _all.Choose(rows);
    }
}
