using Retort.Data;
using Retort.Metrics;

namespace Retort.Training;

/// <summary>What a look at dev says.</summary>
/// <param name="Accuracy">Share of texts with the right class (multi-label: with exactly the right set); NaN without labels.</param>
/// <param name="MacroF1">Mean of the classes' F1; NaN without labels.</param>
/// <param name="Agreement">Share of texts with the teacher's class; NaN without a teacher.</param>
/// <param name="NegativeLogLikelihood">Mean over the texts, in nats; NaN in a checkpoint that was written before it was kept.</param>
public sealed record DevScores(
    double Accuracy, double MacroF1, double Agreement, double NegativeLogLikelihood = double.NaN)
{
    /// <summary>Scores logits against a labelled corpus, and against a teacher's logits on the same texts if there are any.</summary>
    public static DevScores Of(Corpus corpus, LogitTable logits, LogitTable? teacher)
    {
        DevScores scores = Against(corpus, logits, teacher);
        return corpus.LabelledByTeacher ? scores with { Accuracy = double.NaN, MacroF1 = double.NaN } : scores;
    }

    public double Of(DevMetric metric) => metric switch
    {
        DevMetric.Accuracy => Accuracy,
        DevMetric.MacroF1 => MacroF1,
        _ => Agreement,
    };

    private static DevScores Against(Corpus corpus, LogitTable logits, LogitTable? teacher)
    {
        if (corpus.Kind == TaskKind.MultiLabel)
        {
            float[][] targets = corpus.TargetRows();
            return new DevScores(MultiLabel.SubsetAccuracy(logits, targets), MultiLabel.MacroF1(logits, targets),
                teacher is null ? double.NaN : MultiLabel.Agreement(logits, teacher),
                MultiLabel.NegativeLogLikelihood(logits, targets));
        }
        int[] labels = corpus.ClassIndices();
        return new DevScores(SingleLabel.Accuracy(logits, labels), SingleLabel.MacroF1(logits, labels),
            teacher is null ? double.NaN : SingleLabel.Agreement(logits, teacher),
            SingleLabel.NegativeLogLikelihood(logits, labels));
    }
}
