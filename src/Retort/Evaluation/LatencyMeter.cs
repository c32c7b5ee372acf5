using Retort.Runs;

namespace Retort.Evaluation;

/// <summary>Times a classifier from raw text to answer.</summary>
public static class LatencyMeter
{
    private const int FewestCalls = 20;
    private const int MostCalls = 1_000_000;

    /// <summary>
    /// Calls <paramref name="classify"/> on one text at a time, on this thread, until the budget is spent; at least 20
    /// and at most a million times. Texts come in an order that depends on nothing but their number, so that a corpus
    /// sorted by class or length gives a fair sample, and models timed one after the other see the same texts.
    /// </summary>
    /// <param name="classify">
    /// Raw text to class, tokenization and all. It must not spread over threads of its own: set its library to one thread.
    /// </param>
    /// <param name="texts">What to classify, over again where they do not last.</param>
    /// <param name="warmUp">Time to classify before timing begins; at least one call is made.</param>
    /// <param name="budget">Time to classify for.</param>
    /// <param name="clock">The system's by default.</param>
    /// <param name="cancellation">Stops between two calls.</param>
    /// <exception cref="ArgumentException">There are no texts.</exception>
    public static Latency Measure(Action<string> classify, IReadOnlyList<string> texts, TimeSpan warmUp, TimeSpan budget,
        TimeProvider? clock = null, CancellationToken cancellation = default)
    {
        if (texts.Count == 0)
            throw new ArgumentException("there are no texts to time a classifier on");
        clock ??= TimeProvider.System;
        int[] order = Enumerable.Range(0, texts.Count).ToArray();
        new SeededRandom(texts.Count).Shuffle<int>(order);
        Time(classify, texts, order, warmUp, fewest: 1, clock, cancellation);
        List<long> ticks = Time(classify, texts, order, budget, FewestCalls, clock, cancellation);
        double perSecond = ticks.Count / (ticks.Sum(one => (double)one) / clock.TimestampFrequency);
        ticks.Sort();
        return new Latency(Micros(ticks, 0.50, clock), Micros(ticks, 0.95, clock), perSecond, ticks.Count);
    }

    /// <summary>The quickest of several turns: what else runs on the machine only ever adds time, and the least is the nearest to what it takes alone.</summary>
    /// <param name="classify">Raw text to class, as for <see cref="Measure"/>.</param>
    /// <param name="texts">What to classify.</param>
    /// <param name="turns">How often it is timed, at least once.</param>
    /// <param name="warmUp">Time to classify before each turn.</param>
    /// <param name="turn">Time of a turn.</param>
    /// <param name="cancellation">Stops between two calls.</param>
    internal static Latency Quickest(Action<string> classify, IReadOnlyList<string> texts, int turns, TimeSpan warmUp, TimeSpan turn, CancellationToken cancellation) =>
        Enumerable.Range(0, turns).Select(_ => Measure(classify, texts, warmUp, turn, null, cancellation)).MinBy(latency => latency.P50)!;

    /// <summary>Times classifiers in turn on this thread, so that what slows the machine down slows all of them.</summary>
    /// <param name="classifiers">Raw text to class, as for <see cref="Measure"/>.</param>
    /// <param name="texts">What to classify.</param>
    /// <param name="turns">How often each has its turn.</param>
    /// <param name="warmUp">Time to classify before a classifier's first turn.</param>
    /// <param name="turn">Time of a turn.</param>
    /// <param name="cancellation">Stops between two calls.</param>
    /// <returns>(classifiers, turns) calls a second.</returns>
    internal static double[][] Race(IReadOnlyList<Action<string>> classifiers, IReadOnlyList<string> texts, int turns, TimeSpan warmUp, TimeSpan turn,
        CancellationToken cancellation)
    {
        double[][] rates = [.. classifiers.Select(_ => new double[turns])];
        for (int k = 0; k < turns; k++)
        {
            for (int one = 0; one < rates.Length; one++)
                rates[one][k] = Measure(classifiers[one], texts, k == 0 ? warmUp : TimeSpan.Zero, turn, null, cancellation).TextsPerSecond;
        }
        return rates;
    }

    private static List<long> Time(Action<string> classify, IReadOnlyList<string> texts, int[] order, TimeSpan budget,
        int fewest, TimeProvider clock, CancellationToken cancellation)
    {
        var ticks = new List<long>(fewest);
        long start = clock.GetTimestamp(), before = start;
        while (ticks.Count < fewest || (clock.GetElapsedTime(start, before) < budget && ticks.Count < MostCalls))
        {
            cancellation.ThrowIfCancellationRequested();
            string text = texts[order[ticks.Count % order.Length]];
            before = clock.GetTimestamp();
            classify(text);
            long after = clock.GetTimestamp();
            ticks.Add(after - before);
            before = after;
        }
        return ticks;
    }

    // The nearest rank: the smallest time that at least this share of the calls stay within.
    private static double Micros(List<long> sorted, double share, TimeProvider clock) =>
        sorted[(int)Math.Ceiling(share * sorted.Count) - 1] * 1e6 / clock.TimestampFrequency;
}
