using System.Globalization;
using Retort.Runs;

namespace Retort.Transfer.Augmentation;

/// <summary>Changes single words of a draft: EDA's operations (Wei and Zou 2019, arXiv:1901.11196) and masking.</summary>
/// <param name="options">The share of each operation.</param>
/// <param name="neighbours">What a word may be replaced by.</param>
/// <param name="mask">What stands for a hidden word.</param>
internal sealed class WordEdits(AugmentationOptions options, Neighbours neighbours, string mask)
{
    public void Apply(Draft draft)
    {
        Swap(draft);
        Insert(draft);
        ChangeEach(draft);
    }

    // One number decides what a word meets, so that no word meets two.
    private void ChangeEach(Draft draft)
    {
        List<TextUnit> units = draft.Units;
        for (int k = units.Count - 1; k >= 0; k--)
        {
            if (!units[k].IsWord)
                continue;
            double fate = draft.Random.Share();
            if ((fate -= options.Mask) < 0)
                units[k] = units[k] with { Text = mask, Kind = UnitKind.Mask };
            else if ((fate -= options.Replace) < 0)
                units[k] = Neighbour(units[k], draft.Random) ?? units[k];
            else if ((fate -= options.Predict) < 0)
                Open(units, k, draft.Random);
            else if (fate < options.Delete)
                units.RemoveAt(k);
        }
    }

    private void Swap(Draft draft)
    {
        if (options.Swap == 0)
            return;
        List<TextUnit> units = draft.Units;
        int[] words = Words(units);
        foreach (int k in words)
        {
            if (draft.Random.Share() >= options.Swap)
                continue;
            int other = words[draft.Random.Below(words.Length)];
            // What stands before a place stays: only the words change places.
            (units[k], units[other]) = (units[k] with { Text = units[other].Text }, units[other] with { Text = units[k].Text });
        }
    }

    private void Insert(Draft draft)
    {
        if (options.Insert == 0)
            return;
        List<TextUnit> units = draft.Units;
        TextUnit[] words = [.. Words(units).Select(k => units[k])];
        for (int k = units.Count - 1; k >= 0; k--)
        {
            if (!units[k].IsWord || draft.Random.Share() >= options.Insert)
                continue;
            if (Neighbour(words[draft.Random.Below(words.Length)], draft.Random) is { } neighbour)
                units.Insert(k + 1, neighbour with { Spaced = !TextUnits.IsUnspaced(neighbour.Text[0]) });
        }
    }

    private TextUnit? Neighbour(TextUnit word, SeededRandom random)
    {
        IReadOnlyList<string> near = neighbours.Of(word.Text.ToLowerInvariant());
        return near.Count == 0 ? null : word with { Text = LikeCase(near[random.Below(near.Count)], word.Text) };
    }

    /// <summary>Marks what the masked-language head is to fill: a word, or a character of a Chinese word, which is one token.</summary>
    private static void Open(List<TextUnit> units, int at, SeededRandom random)
    {
        TextUnit word = units[at];
        if (!TextUnits.IsChinese(word.Text[0]))
        {
            units[at] = word with { Kind = UnitKind.Hole };
            return;
        }
        int hole = random.Below(word.Text.Length);
        units.RemoveAt(at);
        units.InsertRange(at, word.Text.Select((c, k) =>
            new TextUnit(c.ToString(), k == hole ? UnitKind.Hole : UnitKind.Word, k == 0 && word.Spaced)));
    }

    private static string LikeCase(string word, string like)
    {
        if (!char.IsUpper(like[0]))
            return word;
        return like.Length > 1 && like.All(char.IsUpper)
            ? word.ToUpperInvariant()
            : string.Concat(char.ToUpper(word[0], CultureInfo.InvariantCulture).ToString(), word.AsSpan(1));
    }

    private static int[] Words(List<TextUnit> units) =>
        [.. Enumerable.Range(0, units.Count).Where(k => units[k].IsWord)];
}
