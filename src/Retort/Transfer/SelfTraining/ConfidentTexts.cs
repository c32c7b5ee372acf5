using Retort.Data;
using Retort.Metrics;
using Retort.Runs;

namespace Retort.Transfer.SelfTraining;

/// <summary>Chooses the texts that a teacher is sure of, and of these such that are unlike each other.</summary>
public static class ConfidentTexts
{
    /// <summary>Confident texts for each that is taken, among which the unlike ones are looked for.</summary>
    private const int Choice = 3;

    /// <summary>A part of the texts, drawn by a seed, in their order.</summary>
    public static IReadOnlyList<string> Pool(IReadOnlyList<string> texts, int size, int seed)
    {
        if (size == 0 || size >= texts.Count)
            return texts;
        int[] order = Enumerable.Range(0, texts.Count).ToArray();
        new SeededRandom(seed, texts.Count).Shuffle(order.AsSpan());
        return order[..size].Order().Select(k => texts[k]).ToArray();
    }

    /// <summary>The chosen texts with the teacher's classes, class after class.</summary>
    /// <param name="options">How many, and how sure.</param>
    /// <param name="train">The labelled corpus, whose shares of the classes are kept.</param>
    /// <param name="texts">The texts.</param>
    /// <param name="logits">(texts × classes) The teacher's.</param>
    /// <param name="pooled">(texts × hidden) The teacher's pooled states: texts are unlike where these are far apart.</param>
    public static Sample[] Choose(SelfTrainingOptions options, Corpus train, IReadOnlyList<string> texts, LogitTable logits, float[] pooled)
    {
        double[][] p = Enumerable.Range(0, texts.Count).Select(k => Probability.Softmax(logits.Row(k))).ToArray();
        int[] classes = train.ClassIndices();
        var chosen = new List<Sample>();
        for (int c = 0; c < logits.Classes; c++)
        {
            int quota = (int)Math.Round((double)options.Texts * classes.Count(label => label == c) / train.Count, MidpointRounding.AwayFromZero);
            int[] sure = Enumerable.Range(0, texts.Count).Where(k => logits.ArgMax(k) == c && p[k][c] >= options.Confidence)
                .OrderByDescending(k => p[k][c]).ThenBy(k => k).Take(Choice * quota).ToArray();
            chosen.AddRange(Unlike(sure, quota, pooled, texts.Count).Order().Select(k => new Sample(texts[k], c)));
        }
        return [.. chosen];
    }

    /// <summary>Farthest-first traversal (Gonzalez 1985) from the surest text on: each next one is the farthest from those taken.</summary>
    private static List<int> Unlike(int[] sure, int quota, float[] pooled, int texts)
    {
        int hidden = pooled.Length / texts;
        var taken = new List<int>();
        float[] distance = Enumerable.Repeat(float.MaxValue, sure.Length).ToArray();
        while (taken.Count < Math.Min(quota, sure.Length))
        {
            int next = taken.Count == 0 ? 0 : Array.IndexOf(distance, distance.Max());
            taken.Add(sure[next]);
            ReadOnlySpan<float> state = pooled.AsSpan(sure[next] * hidden, hidden);
            for (int k = 0; k < sure.Length; k++)
                distance[k] = Math.Min(distance[k], SquaredDistance(state, pooled.AsSpan(sure[k] * hidden, hidden)));
            distance[next] = -1;
        }
        return taken;
    }

    private static float SquaredDistance(ReadOnlySpan<float> one, ReadOnlySpan<float> other)
    {
        float sum = 0;
        for (int k = 0; k < one.Length; k++)
            sum += (one[k] - other[k]) * (one[k] - other[k]);
        return sum;
    }
}
