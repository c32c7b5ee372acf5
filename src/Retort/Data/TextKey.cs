using System.Text;

namespace Retort.Data;

/// <summary>
/// 128-bit keys by which copies of a text are found: two texts with one key are taken for copies. Not a cryptographic
/// hash: of n texts, a false copy is expected with a chance of about n² / 2¹²⁹.
/// </summary>
internal static class TextKey
{
    /// <summary>The key of the text as it stands.</summary>
    public static UInt128 Exact(string text)
    {
        var hash = new Hash();
        foreach (char c in text)
            hash.Add(c);
        return hash.Finish();
    }

    /// <summary>
    /// The key of the text after width folding, lower-casing and dropping blanks: full-width forms (U+FF01–FF5E) become
    /// ASCII, every character its simple invariant lower case, and white space (the ideographic space too) goes. For
    /// these this is what NFKC does; its other foldings (ligatures, composed accents, half-width kana) are not done,
    /// because normalization needs ICU, which invariant globalization turns off.
    /// </summary>
    public static UInt128 Normalized(string text)
    {
        var hash = new Hash();
        foreach (Rune rune in NormalizedRunes(text))
            hash.Add(rune.Value);
        return hash.Finish();
    }

    /// <summary>The characters that <see cref="Normalized"/> is the key of.</summary>
    public static IEnumerable<Rune> NormalizedRunes(string text)
    {
        foreach (Rune rune in text.EnumerateRunes())
        {
            if (Rune.IsWhiteSpace(rune))
                continue;
            int value = rune.Value is >= 0xFF01 and <= 0xFF5E ? rune.Value - 0xFEE0 : rune.Value;
            yield return Rune.ToLowerInvariant(new Rune(value));
        }
    }

    // Two lanes, each a bijection of its state for every value added, with different odd multipliers and rotations.
    private struct Hash()
    {
        private ulong _a = 0x243F6A8885A308D3, _b = 0x13198A2E03707344;

        public void Add(int value)
        {
            _a = ulong.RotateLeft((_a ^ (uint)value) * 0x9E3779B97F4A7C15, 29);
            _b = ulong.RotateLeft((_b + (uint)value) * 0xD6E8FEB86659FD93, 37);
        }

        public readonly UInt128 Finish() => new(Mix(_a), Mix(_b ^ ulong.RotateLeft(_a, 17)));

        private static ulong Mix(ulong z)
        {
            z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
            z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
            return z ^ (z >> 31);
        }
    }
}
