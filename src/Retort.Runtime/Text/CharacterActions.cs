using System.Runtime.CompilerServices;

namespace Retort.Runtime.Text;

/// <summary>
/// What becomes of each character of the first plane that stands outside a word: one number that spares the way through
/// the Unicode tables and the vocabulary.
/// </summary>
internal sealed class CharacterActions
{
    /// <summary>White space: nothing.</summary>
    public const int Blank = -1;

    /// <summary>It ends a word, and a special token may begin with it.</summary>
    public const int Bracket = -2;

    /// <summary>Nothing at all: what stands on both sides of it is one word.</summary>
    public const int Removed = -3;

    /// <summary>An ASCII letter or digit.</summary>
    public const int Letter = -4;

    /// <summary>Whatever needs a closer look.</summary>
    public const int Rare = -5;

    private readonly int[] _actions = new int[char.MaxValue + 1];

    public CharacterActions(CharacterKind mask, Vocabulary vocabulary, int unknownId, SpecialTokens specialTokens)
    {
        Span<char> single = stackalloc char[1];
        for (int c = 0; c < _actions.Length; c++)
        {
            CharacterKind kind = Characters.KindOf(c) & mask;
            single[0] = (char)c;
            _actions[c] = char.IsSurrogate((char)c) ? Rare
                : (kind & CharacterKind.Removed) != 0 ? Removed
                : kind == CharacterKind.WhiteSpace ? Blank
                : kind is CharacterKind.Chinese or CharacterKind.Punctuation
                    ? vocabulary.TryGetId(single, out int id) ? id : unknownId
                : char.IsAsciiLetterOrDigit((char)c) ? Letter
                : Rare;
        }
        foreach (int c in specialTokens.FirstCharacters)
        {
            if (c < _actions.Length)
                _actions[c] = _actions[c] >= Bracket ? Bracket : Rare;
        }
    }

    /// <summary>The id of the token of a character that is a word of its own (0 or more), or one of the constants.</summary>
    public int this[int c]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get
        {
            int[] actions = _actions;
            return (uint)c < (uint)actions.Length ? actions[c] : Rare;
        }
    }

    /// <summary>Whether a character with this action ends a word.</summary>
    public static bool EndsWord(int action) => action >= Bracket;
}
