namespace Retort.Runtime.Text;

/// <summary>A token that is matched in the raw text, before anything is normalized.</summary>
/// <param name="Content">The text that it matches.</param>
/// <param name="Id">Its row of the vocabulary.</param>
/// <param name="StripLeft">It takes the blanks before it.</param>
/// <param name="StripRight">It takes the blanks behind it.</param>
internal sealed record SpecialToken(string Content, int Id, bool StripLeft = false, bool StripRight = false);

/// <summary>Finds special tokens in raw text: the leftmost, and of those that begin there the longest.</summary>
internal sealed class SpecialTokens
{
    private readonly SpecialToken[] _longestFirst;
    private readonly int[] _firstCharacters;

    public SpecialTokens(IEnumerable<SpecialToken> tokens)
    {
        _longestFirst = [.. tokens.OrderByDescending(token => token.Content.Length)];
        _firstCharacters = [.. _longestFirst.Select(token => token.Content.EnumerateRunes().First().Value).Distinct()];
    }

    /// <summary>The code points that special tokens begin with.</summary>
    public ReadOnlySpan<int> FirstCharacters => _firstCharacters;

    /// <summary>Finds the special token that begins at a place.</summary>
    /// <param name="text">The whole text.</param>
    /// <param name="from">Where the special token before this one ends: no blank before that is taken.</param>
    /// <param name="at">The place.</param>
    /// <param name="match">The token; it may begin before the place, with the blanks that it takes.</param>
    public bool TryMatch<TUnit, TEncoding>(ReadOnlySpan<TUnit> text, int from, int at, out Token match)
        where TUnit : unmanaged
        where TEncoding : struct, ITextEncoding<TUnit>
    {
        foreach (SpecialToken token in _longestFirst)
        {
            int length = TEncoding.Match(text, at, token.Content);
            if (length < 0)
                continue;
            int start = token.StripLeft ? SkipBlanksBefore<TUnit, TEncoding>(text, from, at) : at;
            int end = token.StripRight ? SkipBlanks<TUnit, TEncoding>(text, at + length) : at + length;
            match = new Token(token.Id, start, end);
            return true;
        }
        match = default;
        return false;
    }

    private static int SkipBlanksBefore<TUnit, TEncoding>(ReadOnlySpan<TUnit> text, int from, int at)
        where TUnit : unmanaged
        where TEncoding : struct, ITextEncoding<TUnit>
    {
        while (at > from)
        {
            int length = TEncoding.DecodeBefore(text, at, out int c);
            if (!IsBlank(c))
                break;
            at -= length;
        }
        return at;
    }

    private static int SkipBlanks<TUnit, TEncoding>(ReadOnlySpan<TUnit> text, int at)
        where TUnit : unmanaged
        where TEncoding : struct, ITextEncoding<TUnit>
    {
        while (at < text.Length)
        {
            int length = TEncoding.Decode(text, at, out int c);
            if (!IsBlank(c))
                break;
            at += length;
        }
        return at;
    }

    private static bool IsBlank(int c) => (Characters.KindOf(c) & CharacterKind.WhiteSpace) != 0;
}
