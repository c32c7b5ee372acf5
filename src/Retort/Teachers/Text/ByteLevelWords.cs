using System.Buffers;
using System.Globalization;
using System.Text;

namespace Retort.Teachers.Text;

/// <summary>
/// Cuts a text into words as GPT-2 does (Radford et al. 2019): English contractions, runs of letters, of numbers and of anything
/// else, each with one blank before it, and white space. The expression in its code is
/// <c>'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+</c>; it counts code points, which .NET's own
/// expressions do not.
/// </summary>
internal static class ByteLevelWords
{
    private static readonly string[] Contractions = ["'s", "'t", "'re", "'ve", "'m", "'ll", "'d"];

    private enum Sort
    {
        Space,
        Letter,
        Number,
        Other,
    }

    /// <summary>The end of the word that begins at a place.</summary>
    public static int End(ReadOnlySpan<char> text, int start)
    {
        foreach (string contraction in Contractions)
        {
            if (text[start..].StartsWith(contraction, StringComparison.Ordinal))
                return start + contraction.Length;
        }
        int first = text[start] == ' ' ? start + 1 : start;
        if (first < text.Length && SortAt(text, first, out _) is var sort and not Sort.Space)
            return RunEnd(text, first, sort);
        int end = RunEnd(text, start, Sort.Space);
        // The last of several spaces goes with the word behind them, if only as a word of its own.
        return end < text.Length && end - start > 1 ? end - 1 : end;
    }

    private static int RunEnd(ReadOnlySpan<char> text, int place, Sort sort)
    {
        while (place < text.Length && SortAt(text, place, out int width) == sort)
            place += width;
        return place;
    }

    // A lone surrogate is written as U+FFFD, a symbol.
    private static Sort SortAt(ReadOnlySpan<char> text, int place, out int width)
    {
        bool isWhole = Rune.DecodeFromUtf16(text[place..], out Rune rune, out width) == OperationStatus.Done;
        if (!isWhole)
            return Sort.Other;
        if (Rune.IsWhiteSpace(rune))
            return Sort.Space;
        return Rune.GetUnicodeCategory(rune) switch
        {
            UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter or UnicodeCategory.TitlecaseLetter
                or UnicodeCategory.ModifierLetter or UnicodeCategory.OtherLetter => Sort.Letter,
            UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber => Sort.Number,
            _ => Sort.Other,
        };
    }
}
