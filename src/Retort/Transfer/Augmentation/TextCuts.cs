namespace Retort.Transfer.Augmentation;

/// <summary>Changes what a draft is made of: joins halves of two texts, and keeps a run of words alone.</summary>
internal static class TextCuts
{
    private const int LongestRun = 5;

    /// <summary>Puts the second half of another text behind the first half of a draft.</summary>
    public static void Pair(Draft draft, List<TextUnit> other)
    {
        List<TextUnit> units = draft.Units;
        if (units.Count == 0 || other.Count == 0)
            return;
        int kept = (units.Count + 1) / 2;
        units.RemoveRange(kept, units.Count - kept);
        TextUnit[] half = [.. other.Skip(other.Count / 2)];
        half[0] = half[0] with { Spaced = !TextUnits.IsUnspaced(half[0].Text[0]) && !TextUnits.IsUnspaced(units[^1].Text[^1]) };
        units.AddRange(half);
    }

    /// <summary>Keeps one to five words that follow each other, fewer than the text has, and what stands between them.</summary>
    public static void Cut(Draft draft)
    {
        int[] words = [.. Enumerable.Range(0, draft.Units.Count).Where(k => draft.Units[k].Kind != UnitKind.Other)];
        if (words.Length < 2)
            return;
        int length = 1 + draft.Random.Below(Math.Min(LongestRun, words.Length - 1));
        int first = draft.Random.Below(words.Length - length + 1);
        int start = words[first], end = words[first + length - 1] + 1;
        draft.Units.RemoveRange(end, draft.Units.Count - end);
        draft.Units.RemoveRange(0, start);
    }
}
