using System.Runtime.InteropServices;

namespace Retort.Transfer.Augmentation;

/// <summary>
/// The Chinese words of a corpus, without a dictionary: runs of two to four characters that stand there at least
/// <see cref="LeastCount"/> times, for every place where they could be cut <see cref="LeastCohesion"/> times as often as they
/// would if both parts stood there independently of each other, and not mostly within one same longer run. A text is cut by the
/// longest word at each place.
/// </summary>
internal sealed class ChineseWords
{
    private const int Longest = 4, LeastCount = 5, LeastCohesion = 30;

    private readonly HashSet<string> _words;

    private ChineseWords(HashSet<string> words) => _words = words;

    /// <summary>No words: each character is one.</summary>
    public static ChineseWords None { get; } = new([]);

    public int Count => _words.Count;

    public static ChineseWords Of(IEnumerable<string> texts, CancellationToken cancellation = default)
    {
        var counts = new Dictionary<string, int>(StringComparer.Ordinal);
        long characters = 0;
        foreach (string text in texts)
        {
            cancellation.ThrowIfCancellationRequested();
            characters += CountRuns(text, counts);
        }
        Dictionary<string, int> longer = LongerRuns(counts);
        return new ChineseWords(counts.Keys.Where(run => IsWord(run, counts, characters) && 2 * longer.GetValueOrDefault(run) <= counts[run])
            .ToHashSet(StringComparer.Ordinal));
    }

    /// <summary>Cuts a run of Chinese characters.</summary>
    public IEnumerable<string> Cut(string run)
    {
        for (int start = 0; start < run.Length;)
        {
            string word = WordAt(run, start);
            yield return word;
            start += word.Length;
        }
    }

    private string WordAt(string run, int start)
    {
        HashSet<string>.AlternateLookup<ReadOnlySpan<char>> words = _words.GetAlternateLookup<ReadOnlySpan<char>>();
        for (int length = Math.Min(Longest, run.Length - start); length > 1; length--)
        {
            if (words.TryGetValue(run.AsSpan(start, length), out string? word))
                return word;
        }
        return run.Substring(start, 1);
    }

    private static long CountRuns(string text, Dictionary<string, int> counts)
    {
        var lookup = counts.GetAlternateLookup<ReadOnlySpan<char>>();
        long characters = 0;
        for (int start = 0; start < text.Length; start++)
        {
            for (int length = 1; length <= Longest + 1 && start + length <= text.Length && TextUnits.IsChinese(text[start + length - 1]); length++)
                CollectionsMarshal.GetValueRefOrAddDefault(lookup, text.AsSpan(start, length), out _)++;
            characters += TextUnits.IsChinese(text[start]) ? 1 : 0;
        }
        return characters;
    }

    /// <summary>How often the commonest run stands there that is a run and one character more, before or behind it.</summary>
    private static Dictionary<string, int> LongerRuns(Dictionary<string, int> counts)
    {
        var longest = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach ((string run, int count) in counts.Where(pair => pair.Key.Length > 2 && pair.Value >= LeastCount / 2))
        {
            foreach (string part in new[] { run[1..], run[..^1] })
                longest[part] = Math.Max(longest.GetValueOrDefault(part), count);
        }
        return longest;
    }

    private static bool IsWord(string run, Dictionary<string, int> counts, long characters)
    {
        if (run.Length is < 2 or > Longest || counts[run] < LeastCount)
            return false;
        for (int cut = 1; cut < run.Length; cut++)
        {
            double byChance = (double)counts[run[..cut]] * counts[run[cut..]] / characters;
            if (counts[run] < LeastCohesion * byChance)
                return false;
        }
        return true;
    }
}
