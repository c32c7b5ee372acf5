using Retort.Metrics;
using Retort.Runs;

namespace Retort.Tests.Metrics;

/// <summary>Random input for property tests.</summary>
internal static class RandomTables
{
    public static LogitTable Logits(int seed, int texts, int classes, double scale = 4)
    {
        var random = new SeededRandom(seed);
        float[] values = new float[texts * classes];
        for (int i = 0; i < values.Length; i++)
            values[i] = (float)(scale * (2 * Unit(random) - 1));
        return new LogitTable(values, classes);
    }

    public static int[] Labels(int seed, int texts, int classes)
    {
        var random = new SeededRandom(seed, 1);
        return Enumerable.Range(0, texts).Select(_ => random.Below(classes)).ToArray();
    }

    /// <summary>Labels drawn from softmax(logits / temperature): what a classifier calibrated at it would see.</summary>
    public static int[] LabelsFrom(LogitTable logits, double temperature, int seed)
    {
        var random = new SeededRandom(seed, 2);
        return Enumerable.Range(0, logits.Count).Select(i =>
        {
            double[] odds = logits.Row(i).ToArray().Select(z => Math.Exp(z / temperature)).ToArray();
            double left = Unit(random) * odds.Sum();
            int k = 0;
            while (k < odds.Length - 1 && (left -= odds[k]) > 0)
                k++;
            return k;
        }).ToArray();
    }

    public static float[][] Targets(int seed, int texts, int classes)
    {
        var random = new SeededRandom(seed, 3);
        return Enumerable.Range(0, texts)
            .Select(_ => Enumerable.Range(0, classes).Select(_ => (float)random.Below(2)).ToArray()).ToArray();
    }

    public static double Unit(SeededRandom random) => (random.Next() >> 11) * (1.0 / (1L << 53));
}
