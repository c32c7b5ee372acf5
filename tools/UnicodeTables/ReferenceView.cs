namespace UnicodeTables;

/// <summary>
/// The database as the reference tokenizer sees it. Its parts carry different versions of Unicode: general categories
/// 8.0 (crate unicode_categories), decompositions and combining classes 9.0 (unicode-normalization-alignments), lower
/// case and white space 17.0 (Rust's standard library). Found by asking the reference about every code point; the
/// tests hold it.
/// </summary>
internal sealed class ReferenceView(UnicodeDatabase database)
{
    private const int CategoryAge = 80, NormalizationAge = 90;

    /// <summary>Characters whose category has changed since Unicode 8.0, with the category of 8.0.</summary>
    private static readonly Dictionary<int, string> Then = new()
    {
        [0x166D] = "Po",
        [0x1734] = "Mn",
        [0x1885] = "Lo",
        [0x1886] = "Lo",
        [0xA9BD] = "Mc",
        [0x111C9] = "Po",
        [0x1171E] = "Mn",
    };

    /// <summary>Capital letters of Unicode 17.0, which the data file lacks: first, last, step, distance.</summary>
    private static readonly (int First, int Last, int Step, int Distance)[] Newer =
        [(0xA7CE, 0xA7CE, 1, 1), (0xA7D2, 0xA7D4, 2, 1), (0x16EA0, 0x16EB8, 1, 27)];

    /// <summary>What the reference deletes: controls (but tab and line ends, which are blanks), NUL, U+FFFD.</summary>
    public bool IsRemoved(int c) => c == 0xFFFD || Category(c) is "Cc" or "Cf" or "Co" && c is not (9 or 10 or 13);

    public bool IsWhiteSpace(int c) => database.WhiteSpace.Contains(c);

    /// <summary>The blocks that the reference names; Han characters elsewhere are letters to it.</summary>
    public static bool IsChinese(int c) => c is >= 0x4E00 and <= 0x9FFF or >= 0x3400 and <= 0x4DBF
        or >= 0x20000 and <= 0x2A6DF or >= 0x2A700 and <= 0x2B81F or >= 0x2B920 and <= 0x2CEAF
        or >= 0xF900 and <= 0xFAFF or >= 0x2F800 and <= 0x2FA1F;

    public bool IsPunctuation(int c) => Category(c)[0] == 'P' || c < 128 && Category(c)[0] == 'S';

    public bool IsNonspacingMark(int c) => Category(c) == "Mn";

    public byte CombiningClass(int c) => IsNormalized(c) ? database.CombiningClass[c] : (byte)0;

    /// <summary>The full canonical decomposition, or null; Hangul syllables are computed, not listed.</summary>
    public int[]? Decompose(int c) =>
        IsNormalized(c) && database.Decomposition.TryGetValue(c, out int[]? step)
            ? [.. step.SelectMany(part => Decompose(part) ?? [part])]
            : null;

    /// <summary>Whether the reference takes it from letters as an accent: a mark of any kind, as two letters were until Unicode 12.</summary>
    public bool IsMark(int c) => IsNormalized(c) && (database.Category[c][0] == 'M' || c is 0x1CF2 or 0x1CF3);

    /// <summary>The full compatibility decomposition without marks, or null where that is the character itself; Hangul is computed.</summary>
    public int[]? Plain(int c)
    {
        int[] parts = [.. FullyDecompose(c).Where(part => !IsMark(part))];
        return parts is [int only] && only == c ? null : parts;
    }

    private IEnumerable<int> FullyDecompose(int c) =>
        IsNormalized(c) && database.CompatibilityDecomposition.TryGetValue(c, out int[]? step) ? step.SelectMany(FullyDecompose) : [c];

    /// <summary>The lower case where it is one other character; U+0130, which becomes two, is left to the caller.</summary>
    public int? Lower(int c)
    {
        if (c == 0x130)
            return null;
        foreach ((int first, int last, int step, int distance) in Newer)
        {
            if (c >= first && c <= last && (c - first) % step == 0)
                return c + distance;
        }
        return database.SimpleLowercase.TryGetValue(c, out int lower) ? lower : null;
    }

    private string Category(int c) =>
        Then.TryGetValue(c, out string? then) ? then
        : database.Age[c] is > 0 and <= CategoryAge ? database.Category[c]
        : "Cn";

    private bool IsNormalized(int c) => database.Age[c] is > 0 and <= NormalizationAge;
}
