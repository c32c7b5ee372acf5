using System.Diagnostics;
using System.Globalization;
using Retort.Runtime;

namespace Retort.Benchmarks;

/// <summary>Texts a second of the batch call, one thread and two, in turn.</summary>
internal static class Threads
{
    private const int Copies = 20;

    public static void Compare(string name, string folder, string[] texts, int rounds)
    {
        using TextClassifier classifier = TextClassifier.Load(folder, new() { FoldAtLoad = true });
        string[] many = [.. Enumerable.Repeat(texts, Copies).SelectMany(copy => copy)];
        var answers = new Classification[many.Length];
        Once(1);
        Once(2);
        (double One, double Two)[] times = [.. Enumerable.Range(0, rounds).Select(_ => (Once(1), Once(2)))];
        double[] ratios = [.. times.Select(time => time.One / time.Two).Order()];
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"\n{name} student, batches of {many.Length:N0} texts: {many.Length / times.Select(t => t.One).Order().ElementAt(rounds / 2):N0} texts/s on one thread; two threads answer {ratios[rounds / 2]:0.00} times as many (rounds from {ratios[0]:0.00} to {ratios[^1]:0.00})"));

        double Once(int threads)
        {
            long begin = Stopwatch.GetTimestamp();
            classifier.ClassifyInto(many, answers, threads);
            return Stopwatch.GetElapsedTime(begin).TotalSeconds;
        }
    }
}
