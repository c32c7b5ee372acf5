using System.Globalization;
using System.Text;

namespace Retort.Transfer.Augmentation;

/// <summary>
/// Cuts texts into words and what stands between them, and puts them together again. A word is a run of letters and digits,
/// with apostrophes and hyphens inside ("don't", "well-made"), and marks inside numbers ("3.5"); SST's "'s" is one too. Chinese
/// characters are cut by <see cref="ChineseWords"/>.
/// </summary>
internal static class TextUnits
{
    private const int LongestClitic = 2;

    private enum Kind { Blank, Letter, Digit, Chinese, Other }

    public static List<TextUnit> Split(string text, ChineseWords chinese)
    {
        Rune[] runes = [.. text.EnumerateRunes()];
        Kind[] kinds = Kinds(runes);
        var units = new List<TextUnit>();
        bool spaced = false;
        for (int start = 0, end; start < runes.Length; start = end)
        {
            end = End(runes, kinds, start);
            if (kinds[start] == Kind.Blank)
            {
                spaced = true;
                continue;
            }
            string content = string.Concat(runes[start..end]);
            if (kinds[start] == Kind.Chinese)
            {
                foreach (string word in chinese.Cut(content))
                {
                    units.Add(new TextUnit(word, UnitKind.Word, spaced));
                    spaced = false;
                }
            }
            else
            {
                units.Add(new TextUnit(content, IsWord(kinds.AsSpan(start, end - start)) ? UnitKind.Word : UnitKind.Other, spaced));
                spaced = false;
            }
        }
        return units;
    }

    /// <summary>The text of units; blanks stand where they stood, and where two words would else become one.</summary>
    /// <param name="units">The units.</param>
    /// <param name="hole">What stands for a hole; null: its word.</param>
    /// <param name="holes">Receives where holes begin.</param>
    public static string Join(IReadOnlyList<TextUnit> units, string? hole = null, List<int>? holes = null)
    {
        var text = new StringBuilder();
        foreach (TextUnit unit in units)
        {
            if (text.Length > 0 && (unit.Spaced || RunTogether(text[^1], unit.Text[0])))
                text.Append(' ');
            if (unit.Kind == UnitKind.Hole)
                holes?.Add(text.Length);
            text.Append(unit.Kind == UnitKind.Hole ? hole ?? unit.Text : unit.Text);
        }
        return text.ToString();
    }

    /// <summary>Whether a text that ends so is followed by one that begins so without a blank: in Chinese.</summary>
    public static bool IsUnspaced(char c) => c is >= '\u3000' and < '\uD800' or >= '\uF900' and <= '\uFAFF' or >= '\uFF00';

    public static bool IsChinese(int c) => c is >= 0x3400 and <= 0x4DBF or >= 0x4E00 and <= 0x9FFF or >= 0xF900 and <= 0xFAFF;

    private static bool RunTogether(char last, char first) =>
        char.IsLetterOrDigit(last) && char.IsLetterOrDigit(first) && !IsUnspaced(last) && !IsUnspaced(first);

    private static bool IsWord(ReadOnlySpan<Kind> kinds) => kinds.ContainsAny(Kind.Letter, Kind.Digit);

    private static Kind[] Kinds(Rune[] runes)
    {
        var kinds = new Kind[runes.Length];
        for (int k = 0; k < runes.Length; k++)
        {
            kinds[k] = Rune.IsWhiteSpace(runes[k]) ? Kind.Blank
                : IsChinese(runes[k].Value) ? Kind.Chinese
                : Rune.IsLetter(runes[k]) ? Kind.Letter
                : Rune.IsDigit(runes[k]) ? Kind.Digit
                : IsAttached(runes[k]) && k > 0 && kinds[k - 1] is Kind.Letter or Kind.Digit ? kinds[k - 1]
                : Kind.Other;
        }
        return kinds;
    }

    // Accents, joiners, variation selectors.
    private static bool IsAttached(Rune rune) => Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark
        or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark or UnicodeCategory.Format;

    private static int End(Rune[] runes, Kind[] kinds, int start)
    {
        int end = start + 1;
        if (kinds[start] is Kind.Blank or Kind.Chinese)
        {
            while (end < runes.Length && kinds[end] == kinds[start])
                end++;
        }
        else if (kinds[start] is Kind.Letter or Kind.Digit)
        {
            while (end < runes.Length && (IsCharacter(kinds, end) || Connects(runes, kinds, end)))
                end++;
        }
        else if (Clitic(runes, kinds, start) is > 0 and int length)
        {
            end = start + length;
        }
        else
        {
            while (end < runes.Length && kinds[end] == Kind.Other && Clitic(runes, kinds, end) == 0)
                end++;
        }
        return end;
    }

    private static bool IsCharacter(Kind[] kinds, int at) => at >= 0 && at < kinds.Length && kinds[at] is Kind.Letter or Kind.Digit;

    private static bool Connects(Rune[] runes, Kind[] kinds, int at) => runes[at].Value switch
    {
        '\'' or '’' or '-' => IsCharacter(kinds, at - 1) && IsCharacter(kinds, at + 1),
        '.' or ',' => at + 1 < kinds.Length && kinds[at - 1] == Kind.Digit && kinds[at + 1] == Kind.Digit,
        _ => false,
    };

    /// <summary>The length of an apostrophe with one or two letters that stand alone, such as "'s"; 0: there is none.</summary>
    private static int Clitic(Rune[] runes, Kind[] kinds, int at)
    {
        if (runes[at].Value is not ('\'' or '’') || (at > 0 && kinds[at - 1] != Kind.Blank))
            return 0;
        int end = at + 1;
        while (IsCharacter(kinds, end))
            end++;
        return end - at - 1 is > 0 and <= LongestClitic && (end == kinds.Length || kinds[end] == Kind.Blank) ? end - at : 0;
    }
}
