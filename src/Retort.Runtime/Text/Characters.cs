using System.Runtime.InteropServices;

namespace Retort.Runtime.Text;

/// <summary>What a character is to the tokenizer.</summary>
[Flags]
internal enum CharacterKind : byte
{
    Ordinary = 0,
    Removed = 1,
    WhiteSpace = 2,
    Chinese = 4,
    Punctuation = 8,
    NonspacingMark = 16,
    Decomposes = 32,
    Combining = 64,
    Lowers = 128,
}

/// <summary>
/// Properties of code points as the reference has them, never the platform's: .NET's own normalization needs ICU, and
/// does nothing without a word where ICU is switched off.
/// </summary>
internal static class Characters
{
    public const int CapitalIWithDot = 0x130, CombiningDotAbove = 0x307;
    public const int MostParts = 4;
    public const int HangulFirst = 0xAC00, HangulCount = 11172;
    private const int PageBits = 8, PageSize = 1 << PageBits, CodePoints = 0x110000;

    private static readonly byte[] Pages = new byte[CodePoints >> PageBits];
    private static readonly CharacterKind[] Kinds = BuildKinds(Pages);
    private static readonly int[] DecompositionStarts = IndexDecompositions();

    /// <summary>The kinds of a code point, 0 to 0x10FFFF.</summary>
    public static CharacterKind KindOf(int c) => Kinds[(Pages[c >> PageBits] << PageBits) + (c & (PageSize - 1))];

    /// <summary>The full canonical decomposition of a character that <see cref="CharacterKind.Decomposes"/>.</summary>
    /// <returns>The number of code points written to <paramref name="parts"/>, at most four.</returns>
    public static int Decompose(int c, Span<int> parts)
    {
        if ((uint)(c - HangulFirst) < HangulCount)
            return DecomposeHangul(c - HangulFirst, parts);
        ReadOnlySpan<int> table = UnicodeTables.Decompositions;
        int low = 0, high = DecompositionStarts.Length - 1;
        while (low < high)
        {
            int middle = (low + high + 1) >> 1;
            if (table[DecompositionStarts[middle]] <= c)
                low = middle;
            else
                high = middle - 1;
        }
        int start = DecompositionStarts[low], count = table[start + 1];
        table.Slice(start + 2, count).CopyTo(parts);
        return count;
    }

    /// <summary>The lower case of a character that <see cref="CharacterKind.Lowers"/>; for U+0130 its first half.</summary>
    public static int ToLower(int c)
    {
        if (c < 128)
            return c | 0x20;
        if (c == CapitalIWithDot)
            return 'i';
        int run = FindRun(UnicodeTables.LowerCase, 4, c);
        return c + UnicodeTables.LowerCase[run + 3];
    }

    /// <summary>The canonical combining class; 0 for a starter.</summary>
    public static int CombiningClass(int c)
    {
        ReadOnlySpan<int> table = UnicodeTables.CombiningClasses;
        int run = FindRun(table, 3, c);
        return c <= table[run + 1] ? table[run + 2] : 0;
    }

    // Unicode Standard, section 3.12: syllables stand in the order of leading consonant, vowel, trailing consonant.
    private static int DecomposeHangul(int index, Span<int> parts)
    {
        parts[0] = 0x1100 + index / (21 * 28);
        parts[1] = 0x1161 + index % (21 * 28) / 28;
        int trailing = index % 28;
        if (trailing == 0)
            return 2;
        parts[2] = 0x11A7 + trailing;
        return 3;
    }

    /// <summary>The last run of <paramref name="width"/> numbers that begins at or before a code point, or the first run.</summary>
    private static int FindRun(ReadOnlySpan<int> table, int width, int c)
    {
        int low = 0, high = table.Length / width - 1;
        while (low < high)
        {
            int middle = (low + high + 1) >> 1;
            if (table[middle * width] <= c)
                low = middle;
            else
                high = middle - 1;
        }
        return low * width;
    }

    private static int[] IndexDecompositions()
    {
        var starts = new List<int>();
        ReadOnlySpan<int> table = UnicodeTables.Decompositions;
        for (int k = 0; k < table.Length; k += 2 + table[k + 1])
            starts.Add(k);
        return [.. starts];
    }

    /// <summary>Fills a two-level table: one page for each different block of 256 code points.</summary>
    private static CharacterKind[] BuildKinds(byte[] pages)
    {
        CharacterKind[] all = ExpandRuns();
        var kinds = new List<CharacterKind>();
        for (int page = 0; page < pages.Length; page++)
        {
            ReadOnlySpan<CharacterKind> block = all.AsSpan(page << PageBits, PageSize);
            // Most pages equal the one before them: whole planes are unassigned.
            int known = page > 0 ? pages[page - 1] << PageBits : 0;
            if (page == 0 || !block.SequenceEqual(CollectionsMarshal.AsSpan(kinds).Slice(known, PageSize)))
                known = FindPage(CollectionsMarshal.AsSpan(kinds), block);
            if (known == kinds.Count)
                kinds.AddRange(block);
            pages[page] = checked((byte)(known >> PageBits));
        }
        return [.. kinds];
    }

    private static int FindPage(ReadOnlySpan<CharacterKind> kinds, ReadOnlySpan<CharacterKind> block)
    {
        int known = 0;
        while (known < kinds.Length && !block.SequenceEqual(kinds.Slice(known, PageSize)))
            known += PageSize;
        return known;
    }

    private static CharacterKind[] ExpandRuns()
    {
        var all = new CharacterKind[CodePoints];
        Mark(all, UnicodeTables.Removed, 2, CharacterKind.Removed);
        Mark(all, UnicodeTables.WhiteSpace, 2, CharacterKind.WhiteSpace);
        Mark(all, UnicodeTables.Chinese, 2, CharacterKind.Chinese);
        Mark(all, UnicodeTables.Punctuation, 2, CharacterKind.Punctuation);
        Mark(all, UnicodeTables.NonspacingMarks, 2, CharacterKind.NonspacingMark);
        Mark(all, UnicodeTables.CombiningClasses, 3, CharacterKind.Combining);
        Mark(all, [HangulFirst, HangulFirst + HangulCount - 1], 2, CharacterKind.Decomposes);
        ReadOnlySpan<int> lower = UnicodeTables.LowerCase;
        for (int k = 0; k < lower.Length; k += 4)
        {
            for (int c = lower[k]; c <= lower[k + 1]; c += lower[k + 2])
                all[c] |= CharacterKind.Lowers;
        }
        all[CapitalIWithDot] |= CharacterKind.Lowers;
        ReadOnlySpan<int> decompositions = UnicodeTables.Decompositions;
        for (int k = 0; k < decompositions.Length; k += 2 + decompositions[k + 1])
            all[decompositions[k]] |= CharacterKind.Decomposes;
        return all;
    }

    private static void Mark(CharacterKind[] all, ReadOnlySpan<int> runs, int width, CharacterKind kind)
    {
        for (int k = 0; k < runs.Length; k += width)
        {
            for (int c = runs[k]; c <= runs[k + 1]; c++)
                all[c] |= kind;
        }
    }
}
