namespace Retort.Data;

/// <summary>
/// Finds copies of texts, exact and normalized (<see cref="TextKey.Normalized"/>), within and across the parts of a data set.
/// Holds 128-bit keys, not texts; linear in the rows.
/// </summary>
internal sealed class DuplicateGuard
{
    private const int ListedExamples = 20;
    private readonly Dictionary<UInt128, int> _exact;
    private readonly Dictionary<UInt128, int> _normalized;

    /// <summary>Indexes a part by its texts.</summary>
    public DuplicateGuard(string name, LabelledRows rows)
    {
        (Name, Rows) = (name, rows);
        Keys = Array.ConvertAll(rows.Samples, s => TextKey.Normalized(s.Text));
        _exact = new Dictionary<UInt128, int>(rows.Count);
        _normalized = new Dictionary<UInt128, int>(rows.Count);
        var examples = new List<CopyExample>();
        for (int row = 0; row < rows.Count; row++)
        {
            bool first = _exact.TryAdd(TextKey.Exact(rows.Samples[row].Text), row);
            if (!_normalized.TryAdd(Keys[row], row))
                AddExample(examples, _normalized[Keys[row]], rows, row, !first);
        }
        Repeats = new CopiesReport($"{name}/{name}", rows.Count - _exact.Count, rows.Count - _normalized.Count,
            rows.Count - _normalized.Count, "found", examples);
    }

    /// <summary>train, dev or test.</summary>
    public string Name { get; }

    public LabelledRows Rows { get; }

    /// <summary>(rows) The normalized key of each text.</summary>
    public UInt128[] Keys { get; }

    /// <summary>The rows that repeat an earlier row.</summary>
    public CopiesReport Repeats { get; }

    /// <summary>Whether a text of this part has that normalized key.</summary>
    public bool Holds(UInt128 normalized) => _normalized.ContainsKey(normalized);

    /// <summary>The rows of <paramref name="second"/> whose text stands in this part.</summary>
    public CopiesReport CopiesIn(DuplicateGuard second, string done)
    {
        int exact = 0, normalized = 0;
        var examples = new List<CopyExample>();
        for (int row = 0; row < second.Keys.Length; row++)
        {
            if (!_normalized.TryGetValue(second.Keys[row], out int here))
                continue;
            normalized++;
            bool isExact = _exact.TryGetValue(TextKey.Exact(second.Rows.Samples[row].Text), out int same);
            exact += isExact ? 1 : 0;
            AddExample(examples, isExact ? same : here, second.Rows, row, isExact);
        }
        int rowsHere = normalized == 0 ? 0 : Keys.Count(second.Holds);
        return new CopiesReport($"{Name}/{second.Name}", exact, normalized, rowsHere, done, examples);
    }

    private void AddExample(List<CopyExample> examples, int first, LabelledRows rows, int second, bool isExact)
    {
        if (examples.Count < ListedExamples)
            examples.Add(new CopyExample(
                Excerpt.Of(rows.Samples[second].Text), Rows.PlaceOf(first), rows.PlaceOf(second), isExact));
    }
}
