using Retort.Runs;

namespace Retort.Fractionation.Domain;

/// <summary>
/// Scores a text by how much better a language model of the target predicts it than one of the source: the cross-entropy
/// per token under the source's model less that under the target's (Moore and Lewis 2010, "Intelligent selection of
/// language model training data", ACL P10-2041, with the sign turned so that the higher comes first). What is likely
/// everywhere, such as a short or common text, gains nothing.
/// </summary>
/// <remarks>
/// Both are <see cref="BigramModel"/>s over one vocabulary. As in the paper the source's model is made of a random sample of
/// source of about the target's size, so that neither has the advantage of more text. A text of that sample would be
/// predicted by itself and fall behind those that are not in it: it is scored under the model of the sample without it,
/// exactly. A text that stands word for word in the target, or twice in the sample, does count for itself there.
/// </remarks>
internal static class LanguageModelDifference
{
    private const int Block = 1 << 14;

    /// <summary>
    /// (texts) In nats per token, positive where the target's model predicts better. Costs a few look-ups a token, on all
    /// processors; holds the different bigrams of the target and of as much source.
    /// </summary>
    /// <param name="source">The token ids of the texts to score; read by one thread, in blocks.</param>
    /// <param name="target">The token ids of texts of the target domain, without marks of start and end.</param>
    /// <param name="vocabulary">How many token ids there are.</param>
    /// <param name="seed">Draws the sample.</param>
    /// <param name="cancellation">Stops between texts.</param>
    /// <exception cref="RetortException">The target is empty, or a token is not of the vocabulary.</exception>
    public static double[] Score(IReadOnlyList<int[]> source, IReadOnlyList<int[]> target, int vocabulary, long seed, CancellationToken cancellation)
    {
        if (target.Count == 0)
            throw new RetortException("there are no target texts: expected at least one text of the domain to come close to");
        var near = new BigramModel(vocabulary);
        long size = 0;
        for (int k = 0; k < target.Count; k++)
            size += Add(near, target[k], "target", k, cancellation);
        var far = new BigramModel(vocabulary);
        bool[] sampled = Sample(far, source, size, seed, cancellation);
        double[] scores = new double[source.Count];
        for (int start = 0; start < source.Count; start += Block)
            ScoreBlock(source, near, far, sampled, start, scores.AsMemory(start, Math.Min(Block, source.Count - start)), cancellation);
        return scores;
    }

    /// <summary>Adds random texts until they have so many tokens; says which.</summary>
    private static bool[] Sample(BigramModel model, IReadOnlyList<int[]> source, long size, long seed, CancellationToken cancellation)
    {
        int[] order = [.. Enumerable.Range(0, source.Count)];
        new SeededRandom(seed).Shuffle(order.AsSpan());
        bool[] sampled = new bool[source.Count];
        for (int k = 0; k < order.Length && size > 0; k++)
        {
            sampled[order[k]] = true;
            size -= Add(model, source[order[k]], "source", order[k], cancellation);
        }
        return sampled;
    }

    private static int Add(BigramModel model, int[] text, string name, int row, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        model.Require(text, name, row);
        model.Add(text);
        return text.Length + 1;
    }

    private static void ScoreBlock(IReadOnlyList<int[]> source, BigramModel near, BigramModel far, bool[] sampled, int start, Memory<double> scores, CancellationToken cancellation)
    {
        int[][] texts = new int[scores.Length][];
        for (int k = 0; k < texts.Length; k++)
        {
            texts[k] = source[start + k];
            far.Require(texts[k], "source", start + k);
        }
        Parallel.For(0, texts.Length, new ParallelOptions { CancellationToken = cancellation }, k =>
            scores.Span[k] = (sampled[start + k] ? 0 : far.CrossEntropy(texts[k])) - near.CrossEntropy(texts[k]));
        // A text is taken out of the model for a moment: no other thread may read it meanwhile.
        for (int k = 0; k < texts.Length; k++)
        {
            if (sampled[start + k])
                scores.Span[k] += far.CrossEntropyWithout(texts[k]);
        }
    }
}
