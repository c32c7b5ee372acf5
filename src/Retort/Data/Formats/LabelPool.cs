namespace Retort.Data.Formats;

/// <summary>Lets equal labels share one string and equal single labels one array: there are few, and many rows.</summary>
internal sealed class LabelPool
{
    private const int Most = 1 << 16;
    private readonly Dictionary<string, string[]> _single = new(StringComparer.Ordinal);

    public RawRow Shared(RawRow row) => row.Labels switch
    {
        null => row,
        [var only] => row with { Labels = Single(only) },
        var several => row with { Labels = Array.ConvertAll(several, l => Single(l)[0]) },
    };

    private string[] Single(string label)
    {
        if (_single.TryGetValue(label, out string[]? shared))
            return shared;
        shared = [label];
        if (_single.Count < Most)
            _single.Add(label, shared);
        return shared;
    }
}
