using System.Buffers;

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
    private readonly SearchValues<char> _firstCharacters;

    public SpecialTokens(IEnumerable<SpecialToken> tokens)
    {
        _longestFirst = [.. tokens.OrderByDescending(token => token.Content.Length)];
        _firstCharacters = SearchValues.Create([.. _longestFirst.Select(token => token.Content[0])]);
    }

    /// <summary>Finds the next special token at or after a place.</summary>
    public bool TryFind(ReadOnlySpan<char> text, int from, out Token match)
    {
        for (int k = from; ; k++)
        {
            int step = text[k..].IndexOfAny(_firstCharacters);
            if (step < 0)
                break;
            k += step;
            foreach (SpecialToken token in _longestFirst)
            {
                if (!text[k..].StartsWith(token.Content, StringComparison.Ordinal))
                    continue;
                match = Widen(token, text, from, k);
                return true;
            }
        }
        match = default;
        return false;
    }

    private static Token Widen(SpecialToken token, ReadOnlySpan<char> text, int from, int start)
    {
        int end = start + token.Content.Length;
        while (token.StripLeft && start > from && IsBlank(text[start - 1]))
            start--;
        while (token.StripRight && end < text.Length && IsBlank(text[end]))
            end++;
        return new Token(token.Id, start, end);
    }

    // All white space lies in the first plane, so one code unit tells.
    private static bool IsBlank(char c) => (Characters.KindOf(c) & CharacterKind.WhiteSpace) != 0;
}
