namespace Retort.Runtime.Text;

/// <summary>What each ASCII character becomes: one byte that spares the way through the Unicode tables.</summary>
internal static class AsciiTable
{
    public const byte Removed = 0, Blank = (byte)' ', PunctuationBit = 128;

    /// <summary>(128) 0: nothing; a blank: the end of a word; above 128: punctuation; else a letter of a word.</summary>
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
