using Retort.Data;
using Retort.Runs;

namespace Retort.Transfer.Augmentation;

/// <summary>
/// Makes texts from texts. No label is read or passed on: what an augmented text means is for the teacher to say. Every choice
/// follows from the seed, the row and the number of the copy, so that the copies of a run with fewer are those of one with more.
/// </summary>
/// <param name="options">Valid options.</param>
/// <param name="chinese">How Chinese is cut.</param>
/// <param name="neighbours">What words may be replaced by.</param>
/// <param name="mask">What stands for a hidden word.</param>
/// <param name="prediction">Fills the holes that <see cref="AugmentationOptions.Predict"/> asks for; null: there are none.</param>
internal sealed class Augmenter(
    AugmentationOptions options, ChineseWords chinese, Neighbours neighbours, string mask, WordPrediction? prediction = null)
{
    // A draft that came out as a text that is taken is drawn again; a text of one word may have no other variant at all.
    private const int MostAttempts = 10;

    private const int ChunkRows = 256;

    private readonly WordEdits _edits = new(options, neighbours, mask);

    /// <summary>
    /// The augmented texts, those of each row's first copy before those of its second. None is blank or without a word, and none is
    /// another, one of <paramref name="texts"/> or of <paramref name="others"/>, but for case, blanks and width.
    /// </summary>
    /// <param name="texts">What they are made from.</param>
    /// <param name="others">Further texts that none may be: those of dev and test.</param>
    /// <param name="scratch">A folder for a file that is gone afterwards.</param>
    /// <param name="cancellation">Stops between rows.</param>
    public IEnumerable<string> Run(IReadOnlyList<string> texts, IEnumerable<string> others, string scratch, CancellationToken cancellation = default)
    {
        // There may be many more others than texts.
        using var taken = new KeyTable(scratch);
        foreach (string text in texts.Concat(others))
            taken.Put(TextKey.Normalized(text));
        for (int copy = 0; copy < options.Copies; copy++)
        {
            for (int start = 0; start < texts.Count; start += ChunkRows)
            {
                int count = Math.Min(ChunkRows, texts.Count - start);
                foreach (string? text in Chunk(texts, Enumerable.Range(start, count).ToArray(), copy, taken, cancellation))
                {
                    if (text is not null)
                        yield return text;
                }
            }
        }
    }

    /// <summary>One text of each row; null: every attempt came to one that is taken.</summary>
    private string?[] Chunk(IReadOnlyList<string> texts, int[] rows, int copy, KeyTable taken, CancellationToken cancellation)
    {
        var made = new string?[rows.Length];
        int[] open = rows;
        for (int attempt = 0; attempt < MostAttempts && open.Length > 0; attempt++)
        {
            cancellation.ThrowIfCancellationRequested();
            Draft[] drafts = Array.ConvertAll(open, row => Begin(texts, row, copy, attempt));
            prediction?.Fill(drafts, cancellation);
            foreach (Draft draft in drafts)
            {
                string text = Finish(draft);
                if (draft.Units.Exists(unit => unit.IsWord) && taken.Put(TextKey.Normalized(text)))
                    made[draft.Row - rows[0]] = text;
            }
            open = Array.FindAll(open, row => made[row - rows[0]] is null);
        }
        return made;
    }

    private Draft Begin(IReadOnlyList<string> texts, int row, int copy, int attempt)
    {
        var random = new SeededRandom(options.Seed, ((long)copy << 44) | ((long)row << 4) | (uint)attempt);
        var draft = new Draft(row, TextUnits.Split(texts[row], chinese), random);
        if (random.Share() < options.Pair)
            TextCuts.Pair(draft, TextUnits.Split(texts[random.Below(texts.Count)], chinese));
        _edits.Apply(draft);
        return draft;
    }

    private string Finish(Draft draft)
    {
        if (draft.Random.Share() < options.Ngram)
            TextCuts.Cut(draft);
        return TextUnits.Join(draft.Units);
    }
}
