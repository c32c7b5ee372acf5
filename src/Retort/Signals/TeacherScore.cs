using Retort.Data;
using Retort.Metrics;

namespace Retort.Signals;

/// <summary>How good a teacher is on labelled texts, beside ones that know nothing of them.</summary>
/// <param name="Name">The teacher.</param>
/// <param name="Part">dev, test or train: where the texts stand.</param>
/// <param name="Texts">How many texts it was scored on: those of the part that it has a signal of.</param>
/// <param name="PartTexts">All texts of the part.</param>
/// <param name="Accuracy">Share of texts with the right class (multi-label: with exactly the right set).</param>
/// <param name="MacroF1">Mean F1 of the classes that occur.</param>
/// <param name="CalibrationError">Expected calibration error at temperature 1 (multi-label: the mean of the classes').</param>
/// <param name="BaselineMacroF1">
/// Macro-F1 of always naming the majority class of train, on the same texts, or of guessing as often as train has a class
/// (1 / classes of a single-label task), whichever is more.
/// </param>
public sealed record TeacherScore(string Name, string Part, int Texts, int PartTexts, double Accuracy, double MacroF1,
    double CalibrationError, double BaselineMacroF1)
{
    /// <summary>What a teacher's macro-F1 must be above the baseline by.</summary>
    public const double Margin = 0.1;

    /// <summary>Hardly better than what knows nothing.</summary>
    public bool IsWeak => MacroF1 < BaselineMacroF1 + Margin;

    /// <summary>Scores a teacher on what it knows of a part; null where that is nothing.</summary>
    public static TeacherScore? Of(string name, string part, Corpus corpus, PartialLogits signals, Corpus train)
    {
        int[] rows = Enumerable.Range(0, corpus.Count).Where(k => signals.Known[k]).ToArray();
        if (rows.Length == 0)
            return null;
        Corpus known = corpus.Choose(rows);
        LogitTable logits = signals.Logits.Choose(rows);
        double[] shares = Shares(train);
        LogitTable majority = Majority(shares, train.Kind, rows.Length);
        if (corpus.Kind == TaskKind.MultiLabel)
        {
            float[][] targets = known.TargetRows();
            return new TeacherScore(name, part, rows.Length, corpus.Count, MultiLabel.SubsetAccuracy(logits, targets), MultiLabel.MacroF1(logits, targets),
                MultiLabel.PerClassCalibrationError(logits, targets).Average(), Math.Max(shares.Average(), MultiLabel.MacroF1(majority, targets)));
        }
        int[] labels = known.ClassIndices();
        return new TeacherScore(name, part, rows.Length, corpus.Count, SingleLabel.Accuracy(logits, labels), SingleLabel.MacroF1(logits, labels),
            Calibration.ExpectedError(logits, labels), Math.Max(shares.Average(), SingleLabel.MacroF1(majority, labels)));
    }

    private static double[] Shares(Corpus train)
    {
        double[] share = new double[train.Labels.Count];
        for (int k = 0; k < train.Count; k++)
        {
            float[] row = train.TargetRow(k);
            for (int c = 0; c < share.Length; c++)
                share[c] += row[c] / train.Count;
        }
        return share;
    }

    private static LogitTable Majority(double[] shares, TaskKind kind, int texts)
    {
        float[] logits = kind == TaskKind.MultiLabel
            ? Array.ConvertAll(shares, share => share > 0.5 ? 1f : -1f)
            : shares.Select((_, c) => c == Array.IndexOf(shares, shares.Max()) ? 1f : 0f).ToArray();
        return new LogitTable(Enumerable.Repeat(logits, texts).SelectMany(row => row).ToArray(), logits.Length);
    }
}
