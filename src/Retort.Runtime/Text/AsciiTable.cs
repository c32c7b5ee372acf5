namespace Retort.Runtime.Text;

/// <summary>What each ASCII character becomes: one byte that spares the way through the Unicode tables.</summary>
internal static class AsciiTable
{
    public const byte Blank = (byte)' ', PunctuationBit = 128, Removed = PunctuationBit;

    /// <summary>(128) A blank: the end of a word; 128: nothing; above: punctuation; else a letter of a word.</summary>
    public static byte[] Build(CharacterKind mask)
    {
        var table = new byte[128];
        for (int c = 0; c < table.Length; c++)
        {
            CharacterKind kind = Characters.KindOf(c) & mask;
            table[c] = (kind & CharacterKind.Removed) != 0 ? Removed
                : (kind & CharacterKind.WhiteSpace) != 0 ? Blank
                : (kind & CharacterKind.Punctuation) != 0 ? (byte)(c | PunctuationBit)
                : (kind & CharacterKind.Lowers) != 0 ? (byte)Characters.ToLower(c)
                : (byte)c;
        }
        return table;
    }
}
