using Retort.Data;

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
    /// <summary>Keeps the texts, in their order, that stand nowhere else.</summary>
    /// <param name="texts">The unlabelled ones.</param>
    /// <param name="train">The labelled texts.</param>
    /// <param name="held">The texts of dev and test.</param>
    /// <param name="likeness">Texts that are at least so alike to one of dev or test go too (Jaccard); 1: copies alone.</param>
    /// <param name="cancellation">Stops.</param>
    public static (string[] Texts, UnlabelledReport Report) Clean(IReadOnlyList<string> texts, IEnumerable<string> train,
        IReadOnlyList<string> held, double likeness, CancellationToken cancellation = default)
    {
        HashSet<UInt128> seen = [], inTrain = [.. train.Select(TextKey.Normalized)], inHeld = [.. held.Select(TextKey.Normalized)];
        NearDuplicates? near = likeness < 1 ? new NearDuplicates(held, likeness) : null;
        var kept = new List<string>(texts.Count);
        int repeated = 0, trained = 0, judged = 0, nearly = 0;
        foreach (string text in texts)
        {
            cancellation.ThrowIfCancellationRequested();
            UInt128 key = TextKey.Normalized(text);
            if (inHeld.Contains(key))
                judged++;
            else if (inTrain.Contains(key))
                trained++;
            else if (!seen.Add(key))
                repeated++;
            else if (near is not null && near.Holds(text))
                nearly++;
            else
                kept.Add(text);
        }
        return ([.. kept], new UnlabelledReport(texts.Count, repeated, trained, judged, nearly));
    }
}
