using System.Text;

namespace Retort.Teachers.Text;

/// <summary>
/// Compatibility decomposition (NFKD) without the marks that it parts from letters. It carries its own tables: .NET decomposes
/// nothing without ICU, and says nothing of it.
/// </summary>
internal static class AccentStripping
{
    private const int HangulFirst = 0xAC00, HangulCount = 11172, LeadFirst = 0x1100, VowelFirst = 0x1161, TailFirst = 0x11A7, Vowels = 21, Tails = 28;

    private static readonly Dictionary<int, string> Plain = Read();

    public static string Apply(string text)
    {
        var plain = new StringBuilder(text.Length);
        foreach (Rune rune in text.EnumerateRunes())
        {
            int syllable = rune.Value - HangulFirst;
            if (Plain.TryGetValue(rune.Value, out string? form))
                plain.Append(form);
            else if (syllable is >= 0 and < HangulCount)
                AppendSyllable(syllable, plain);
            else
                plain.Append(rune.ToString());
        }
        return plain.ToString();
    }

    // The Unicode Standard, 3.12: a syllable is a lead, a vowel and perhaps a tail.
    private static void AppendSyllable(int syllable, StringBuilder plain)
    {
        plain.Append((char)(LeadFirst + syllable / (Vowels * Tails))).Append((char)(VowelFirst + syllable / Tails % Vowels));
        if (syllable % Tails > 0)
            plain.Append((char)(TailFirst + syllable % Tails));
    }

    private static Dictionary<int, string> Read()
    {
        var plain = new Dictionary<int, string>();
        ReadOnlySpan<int> marks = PlainForms.Marks, table = PlainForms.Decompositions;
        for (int k = 0; k < marks.Length; k += 2)
        {
            for (int c = marks[k]; c <= marks[k + 1]; c++)
                plain[c] = "";
        }
        for (int k = 0; k < table.Length; k += 2 + table[k + 1])
        {
            var form = new StringBuilder();
            foreach (int part in table.Slice(k + 2, table[k + 1]))
                form.Append(new Rune(part));
            plain[table[k]] = form.ToString();
        }
        return plain;
    }
}
