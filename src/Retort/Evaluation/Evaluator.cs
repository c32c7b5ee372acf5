using Retort.Data;
using Retort.Metrics;
using Retort.Runs;

namespace Retort.Evaluation;

/// <summary>Scores logits against a labelled corpus and against the teacher.</summary>
public static class Evaluator
{
    /// <param name="corpus">Labelled texts; a text with a soft label counts as its likeliest class.</param>
    /// <param name="logits">The classifier's logits, a row a text in the corpus's order.</param>
    /// <param name="teacher">The teacher's on the same texts, or null.</param>
    /// <param name="temperature">As fitted on dev by <see cref="TemperatureFit"/>; 1 for none.</param>
    /// <exception cref="RetortException">The corpus has no labels or no texts.</exception>
    /// <exception cref="ArgumentException">Rows or classes are not those of the corpus.</exception>
    public static EvaluationResult Evaluate(Corpus corpus, LogitTable logits, LogitTable? teacher, double temperature)
    {
        if (corpus.Kind == TaskKind.Unlabelled)
            throw new RetortException($"{corpus.Source} has no labels to score against; give a file with a label column");
        if (corpus.Count == 0)
            throw new RetortException($"{corpus.Source} has no texts: nothing can be scored");
        if (logits.Classes != corpus.Labels.Count)
            throw new ArgumentException($"the logits have {logits.Classes} classes and {corpus.Source} "
                + $"{corpus.Labels.Count}; both must come from one label set");
        return corpus.Kind == TaskKind.MultiLabel
            ? OfSets(corpus, logits, teacher, temperature)
            : OfClasses(corpus, logits, teacher, temperature);
    }

    private static EvaluationResult OfClasses(Corpus corpus, LogitTable logits, LogitTable? teacher, double temperature)
    {
        int[] labels = corpus.ClassIndices();
        ConfusionMatrix matrix = SingleLabel.Confusion(logits, labels);
        ReliabilityBin[] raw = Calibration.Reliability(logits, labels), bins = Calibration.Reliability(logits, labels, temperature);
        return new EvaluationResult
        {
            Source = corpus.Source,
            Kind = corpus.Kind,
            Texts = corpus.Count,
            Classes = corpus.Labels.Names,
            AgainstTeacher = corpus.LabelledByTeacher,
            Accuracy = Labelled(corpus, matrix.Accuracy),
            MacroF1 = Labelled(corpus, matrix.MacroF1),
            PerClass = matrix.PerClass,
            Confusion = matrix.ToRows(),
            Agreement = teacher is null ? null : SingleLabel.Agreement(logits, teacher),
            Divergence = teacher is null ? null : SingleLabel.Divergence(logits, teacher),
            NegativeLogLikelihood = SingleLabel.NegativeLogLikelihood(logits, labels),
            CalibrationError = Labelled(corpus, Calibration.ExpectedError(raw)),
            Temperature = temperature,
            CalibratedError = Labelled(corpus, Calibration.ExpectedError(bins)),
            Reliability = corpus.LabelledByTeacher ? null : bins,
            UncalibratedReliability = corpus.LabelledByTeacher ? null : raw,
            Right = SingleLabel.Right(logits, labels),
        };
    }

    private static EvaluationResult OfSets(Corpus corpus, LogitTable logits, LogitTable? teacher, double temperature)
    {
        float[][] targets = corpus.TargetRows();
        return new EvaluationResult
        {
            Source = corpus.Source,
            Kind = corpus.Kind,
            Texts = corpus.Count,
            Classes = corpus.Labels.Names,
            AgainstTeacher = corpus.LabelledByTeacher,
            Accuracy = Labelled(corpus, MultiLabel.SubsetAccuracy(logits, targets)),
            MacroF1 = Labelled(corpus, MultiLabel.MacroF1(logits, targets)),
            MicroF1 = Labelled(corpus, MultiLabel.MicroF1(logits, targets)),
            PerClass = MultiLabel.PerClass(logits, targets),
            Agreement = teacher is null ? null : MultiLabel.Agreement(logits, teacher),
            PerClassAgreement = teacher is null ? null : MultiLabel.PerClassAgreement(logits, teacher),
            Divergence = teacher is null ? null : MultiLabel.Divergence(logits, teacher),
            NegativeLogLikelihood = MultiLabel.NegativeLogLikelihood(logits, targets),
            CalibrationError = Labelled(corpus, MultiLabel.PerClassCalibrationError(logits, targets).Average()),
            Temperature = temperature,
            CalibratedError = Labelled(corpus, MultiLabel.PerClassCalibrationError(logits, targets, temperature).Average()),
            Right = MultiLabel.Right(logits, targets),
        };
    }

    private static double? Labelled(Corpus corpus, double figure) => corpus.LabelledByTeacher ? null : figure;
}
