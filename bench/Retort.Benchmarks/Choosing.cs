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
        IReadOnlyList<Timing> timings = Paired.Run([Choose(texts / 10), Choose(texts)], Rounds);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{texts:N0} texts of {Classes} classes, scored by entropy and the highest 30 % chosen: {timings[1].Mean / 1e6:0.00} s, {timings[1].Ratio:0.0} times as long as a tenth of them"));
        return 0;
    }

    private static Contestant Choose(int count)
    {
        LogitTable logits = Made(count);
        var labels = new LabelSet([.. Enumerable.Range(0, Classes).Select(k => $"class{k}")]);
        var labelled = new Corpus("made", TaskKind.SingleLabel, labels, [.. Enumerable.Range(0, Classes).Select(k => new Sample($"text {k}", k))]);
        string[] texts = new string[count];
        int[] lengths = new int[count];
        return new Contestant($"{count:N0} texts", _ =>
        {
            var plan = new FractionPlan(Options, FractionTexts.Of(Options, labelled, logits), texts, lengths, new TrainingOptions(), _ => throw new InvalidOperationException("no student has a say"), "");
            plan.Batch(TrainingState.Start);
        }, Texts: 1);
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
