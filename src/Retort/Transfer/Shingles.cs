using System.Text;
using Retort.Data;

namespace Retort.Transfer;

/// <summary>The character trigrams of a normalized text, as a set: what near-duplicates are found by.</summary>
internal static class Shingles
{
    public const int Length = 3;

    // A rune has 21 bits: three of them fit, and no two trigrams are taken for one another.
    private const int RuneBits = 21;

    /// <summary>Each trigram once, in ascending order; a text of fewer characters is one shingle, an empty one has none.</summary>
    public static ulong[] Of(string text)
    {
        var found = new List<ulong>();
        ulong window = 0;
        int count = 0;
        foreach (Rune rune in TextKey.NormalizedRunes(text))
        {
            window = (window << RuneBits | (uint)rune.Value) & (1UL << Length * RuneBits) - 1;
            if (++count >= Length)
                found.Add(window);
        }
        if (count is > 0 and < Length)
            found.Add(window);
        found.Sort();
        return [.. found.Distinct()];
    }

    /// <summary>The share of two sets' shingles that both have.</summary>
    /// <param name="a">Ascending, not empty.</param>
    /// <param name="b">Ascending, not empty.</param>
    public static double Jaccard(ReadOnlySpan<ulong> a, ReadOnlySpan<ulong> b)
    {
        int both = 0;
        for (int i = 0, j = 0; i < a.Length && j < b.Length;)
        {
            both += a[i] == b[j] ? 1 : 0;
            (i, j) = (a[i] <= b[j] ? i + 1 : i, b[j] <= a[i] ? j + 1 : j);
        }
        return both / (double)(a.Length + b.Length - both);
    }
}
