using System.Diagnostics;
using System.Globalization;
using Retort.Data;
using Retort.Fractionation;
using Retort.Metrics;
using Retort.Training;

namespace Retort.Benchmarks;

/// <summary>How long scoring and choosing texts by a teacher's logits takes, of so many and of a tenth as many, in turn: ten times as long, where it is linear.</summary>
internal static class Choosing
{
    private const int Classes = 10, Rounds = 5;

    private static readonly FractionationOptions Options = new() { Scores = [Score.Entropy], Select = Selection.Highest };

    public static int Run(int texts)
    {
        LogitTable many = Made(texts), few = Made(texts / 10);
        Once(few);
        (double Many, double Few)[] times = [.. Enumerable.Range(0, Rounds).Select(_ => (Once(many), Once(few)))];
        double[] ratios = [.. times.Select(time => time.Many / time.Few).Order()];
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{texts:N0} texts of {Classes} classes, scored by entropy and the highest 30 % chosen: {times.Select(time => time.Many).Order().ElementAt(Rounds / 2):0.00} s, {ratios[Rounds / 2]:0.0} times as long as a tenth of them (rounds from {ratios[0]:0.0} to {ratios[^1]:0.0})"));
        return 0;
    }

    private static double Once(LogitTable logits)
    {
        var labels = new LabelSet([.. Enumerable.Range(0, Classes).Select(k => $"class{k}")]);
        var labelled = new Corpus("made", TaskKind.SingleLabel, labels, [.. Enumerable.Range(0, Classes).Select(k => new Sample($"text {k}", k))]);
        string[] texts = new string[logits.Count];
        int[] lengths = new int[logits.Count];
        long begin = Stopwatch.GetTimestamp();
        var plan = new FractionPlan(Options, FractionTexts.Of(Options, labelled, logits), texts, lengths, new TrainingOptions(), _ => throw new InvalidOperationException("no student has a say"), "");
        plan.Batch(TrainingState.Start);
        return Stopwatch.GetElapsedTime(begin).TotalSeconds;
    }

    private static LogitTable Made(int texts)
    {
        var random = new Random(1);
        float[] values = new float[texts * Classes];
        for (int k = 0; k < values.Length; k++)
            values[k] = (float)(6 * random.NextDouble());
        return new LogitTable(values, Classes);
    }
}
