using System.Collections;
using Retort.Data;
using Retort.Runs;

namespace Retort.Transfer;

/// <summary>What became of the unlabelled texts.</summary>
/// <param name="Read">How many there were.</param>
/// <param name="Repeated">Left out: an earlier one is the same, but for case, blanks and width.</param>
/// <param name="InTrain">Left out: the labelled texts have it.</param>
/// <param name="InDevOrTest">Left out: dev or test has it.</param>
/// <param name="NearDevOrTest">Left out: it is nearly one of dev or test.</param>
public sealed record UnlabelledReport(int Read, int Repeated, int InTrain, int InDevOrTest, int NearDevOrTest)
{
    /// <summary>How many are distilled on.</summary>
    public int Kept => Read - Repeated - InTrain - InDevOrTest - NearDevOrTest;
}

/// <summary>Unlabelled texts that are fit to distil on: each once, none that the student is then judged by.</summary>
public static class UnlabelledTexts
{
    private const int Block = 4096;

    /// <summary>Keeps the texts, in their order, that stand nowhere else. They are read twice, and none is held.</summary>
    /// <param name="texts">The unlabelled ones.</param>
    /// <param name="train">The labelled texts.</param>
    /// <param name="held">The texts of dev and test.</param>
    /// <param name="likeness">Texts that are at least so alike to one of dev or test go too (Jaccard); 1: copies alone.</param>
    /// <param name="scratch">A folder for files that are gone afterwards: 24 bytes a text.</param>
    /// <param name="keep">Takes a text that is kept.</param>
    /// <param name="progress">Texts looked at.</param>
    /// <param name="cancellation">Stops.</param>
    public static UnlabelledReport Clean(IReadOnlyList<string> texts, IEnumerable<string> train, IReadOnlyList<string> held, double likeness,
        string scratch, Action<string> keep, IProgress<StageProgress>? progress = null, CancellationToken cancellation = default)
    {
        var gone = new BitArray(texts.Count);
        (int repeated, int trained, int judged) = MarkCopies(texts, train, held, scratch, gone, cancellation);
        NearDuplicates? near = likeness < 1 ? new NearDuplicates(held, likeness) : null;
        int nearly = 0;
        for (int start = 0; start < texts.Count; start += Block)
        {
            progress?.Report(new StageProgress("data", start, texts.Count, "texts"));
            string?[] block = new string?[Math.Min(Block, texts.Count - start)];
            bool[] alike = new bool[block.Length];
            Parallel.For(0, block.Length, new ParallelOptions { CancellationToken = cancellation }, k =>
            {
                block[k] = gone[start + k] ? null : texts[start + k];
                alike[k] = block[k] is { } text && near?.Holds(text) == true;
            });
            nearly += alike.Count(one => one);
            foreach (string? text in block.Where((_, k) => !alike[k]))
            {
                if (text is not null)
                    keep(text);
            }
        }
        return new UnlabelledReport(texts.Count, repeated, trained, judged, nearly);
    }

    private static (int Repeated, int InTrain, int InHeld) MarkCopies(IReadOnlyList<string> texts, IEnumerable<string> train,
        IReadOnlyList<string> held, string scratch, BitArray gone, CancellationToken cancellation)
    {
        HashSet<UInt128> inTrain = [.. train.Select(TextKey.Normalized)], inHeld = [.. held.Select(TextKey.Normalized)];
        using var keys = new RepeatedKeys(texts.Count, scratch);
        int trained = 0, judged = 0;
        for (int k = 0; k < texts.Count; k++)
        {
            cancellation.ThrowIfCancellationRequested();
            UInt128 key = TextKey.Normalized(texts[k]);
            bool isHeld = inHeld.Contains(key), isTrained = !isHeld && inTrain.Contains(key);
            (judged, trained) = (judged + (isHeld ? 1 : 0), trained + (isTrained ? 1 : 0));
            if (isHeld || isTrained)
                gone[k] = true;
            else
                keys.Add(k, key);
        }
        return (keys.Mark(gone), trained, judged);
    }
}
