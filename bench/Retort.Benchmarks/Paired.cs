using System.Diagnostics;
using System.Globalization;

namespace Retort.Benchmarks;

/// <summary>Something that answers texts, one at a time.</summary>
/// <param name="Name">For the table.</param>
/// <param name="Answer">Answers the text of an index.</param>
/// <param name="Texts">How many of the texts to ask in a round: fewer of a slow one.</param>
internal sealed record Contestant(string Name, Action<int> Answer, int Texts);

/// <summary>What a contestant needed.</summary>
/// <param name="Name">The contestant's.</param>
/// <param name="Mean">Median over the rounds of the mean time of a text, µs.</param>
/// <param name="P50">Median time of a text, µs.</param>
/// <param name="P95">95th percentile, µs.</param>
/// <param name="Ratio">Median over the rounds of its mean time over the first contestant's in the same round.</param>
internal sealed record Timing(string Name, double Mean, double P50, double P95, double Ratio);

/// <summary>Times contestants in turn, round after round, so that what slows the machine down slows all of them down.</summary>
internal static class Paired
{
    // Compiled code is replaced by better code while it runs; what is timed is the last.
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(1), ShortestRound = TimeSpan.FromSeconds(0.1);

    public static IReadOnlyList<Timing> Run(IReadOnlyList<Contestant> contestants, int rounds)
    {
        double[][] means = [.. contestants.Select(_ => new double[rounds])];
        List<double>[] times = [.. contestants.Select(_ => new List<double>())];
        foreach (Contestant contestant in contestants)
            Mean(contestant, WarmUp);
        for (int round = 0; round < rounds; round++)
        {
            for (int k = 0; k < contestants.Count; k++)
            {
                means[k][round] = Mean(contestants[k], ShortestRound);
                TimeEach(contestants[k], times[k]);
            }
        }
        return [.. contestants.Select((contestant, k) => new Timing(contestant.Name, Median(means[k]), Quantile(times[k], 0.5),
            Quantile(times[k], 0.95), Median([.. means[k].Zip(means[0], (mine, first) => mine / first)])))];
    }

    public static void Print(TextWriter output, string title, IReadOnlyList<Timing> timings)
    {
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"\n{title}\n\n| | mean, µs | p50, µs | p95, µs | times the first |\n|---|---:|---:|---:|---:|"));
        foreach (Timing timing in timings)
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {timing.Name} | {timing.Mean:0.00} | {timing.P50:0.00} | {timing.P95:0.00} | {timing.Ratio:0.00} |"));
    }

    // All texts, again and again until so much time is over.
    private static double Mean(Contestant contestant, TimeSpan least)
    {
        long begin = Stopwatch.GetTimestamp();
        for (long passes = 1; ; passes++)
        {
            for (int k = 0; k < contestant.Texts; k++)
                contestant.Answer(k);
            TimeSpan elapsed = Stopwatch.GetElapsedTime(begin);
            if (elapsed >= least)
                return elapsed.TotalMicroseconds / (passes * contestant.Texts);
        }
    }

    private static void TimeEach(Contestant contestant, List<double> times)
    {
        for (int k = 0; k < contestant.Texts; k++)
        {
            long begin = Stopwatch.GetTimestamp();
            contestant.Answer(k);
            times.Add(Stopwatch.GetElapsedTime(begin).TotalMicroseconds);
        }
    }

    private static double Median(double[] values) => Quantile([.. values], 0.5);

    private static double Quantile(List<double> values, double share)
    {
        double[] sorted = [.. values.Order()];
        return sorted[(int)(share * (sorted.Length - 1))];
    }
}
