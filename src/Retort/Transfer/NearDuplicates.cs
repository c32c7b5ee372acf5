namespace Retort.Transfer;

/// <summary>
/// Finds texts that are at least so alike as a threshold. Two sets of shingles of a Jaccard likeness t have, in any one
/// order of all shingles, a shingle in common among the first |A| − ⌈t |A|⌉ + 1 and |B| − ⌈t |B|⌉ + 1. In the order of
/// rarity these are rare, so that few texts are compared, and none that is alike is missed (prefix filtering: Bayardo,
/// Ma and Srikant 2007, "Scaling up all pairs similarity search").
/// </summary>
internal sealed class NearDuplicates
{
    private readonly double _threshold;
    private readonly ulong[][] _sets;
    private readonly Dictionary<ulong, int> _frequency = [];
    private readonly Dictionary<ulong, List<int>> _holders = [];

    /// <param name="texts">Those to compare with.</param>
    /// <param name="threshold">Jaccard likeness, above 0.</param>
    public NearDuplicates(IEnumerable<string> texts, double threshold)
    {
        _threshold = threshold;
        _sets = [.. texts.Select(Shingles.Of).Where(set => set.Length > 0)];
        foreach (ulong shingle in _sets.SelectMany(set => set))
            _frequency[shingle] = _frequency.GetValueOrDefault(shingle) + 1;
        for (int k = 0; k < _sets.Length; k++)
        {
            foreach (ulong shingle in Prefix(_sets[k]))
            {
                if (!_holders.TryGetValue(shingle, out List<int>? holders))
                    _holders[shingle] = holders = [];
                holders.Add(k);
            }
        }
    }

    /// <summary>Whether a text is so alike as the threshold to one of the others.</summary>
    public bool Holds(string text)
    {
        ulong[] set = Shingles.Of(text);
        var compared = new HashSet<int>();
        foreach (ulong shingle in Prefix(set))
        {
            foreach (int k in _holders.GetValueOrDefault(shingle, []))
            {
                if (compared.Add(k) && Shingles.Jaccard(set, _sets[k]) >= _threshold)
                    return true;
            }
        }
        return false;
    }

    // Ties go by the shingle itself: the order must be one for all sets.
    private IEnumerable<ulong> Prefix(ulong[] set) => set
        .OrderBy(shingle => _frequency.GetValueOrDefault(shingle)).ThenBy(shingle => shingle)
        .Take(set.Length - (int)Math.Ceiling(_threshold * set.Length - 1e-9) + 1);
}
