using Retort.Data;
using Retort.Metrics;
using static TorchSharp.torch;

namespace Retort.Training;

/// <summary>One term of an objective.</summary>
/// <param name="Name">As DESIGN names it: <c>soft_label</c>, <c>hard_label</c> …</param>
/// <param name="Weight">Its weight in the sum.</param>
/// <param name="Value">The unweighted loss, a scalar.</param>
public sealed record LossTerm(string Name, double Weight, Tensor Value);

/// <summary>What a look at dev says.</summary>
/// <param name="Accuracy">Share of texts with the right class (multi-label: with exactly the right set).</param>
/// <param name="MacroF1">Mean of the classes' F1.</param>
/// <param name="Agreement">Share of texts with the teacher's class; NaN without a teacher.</param>
public sealed record DevScores(double Accuracy, double MacroF1, double Agreement)
{
    /// <summary>Scores logits against a labelled corpus, and against a teacher's logits on the same texts if there are any.</summary>
    public static DevScores Of(Corpus corpus, LogitTable logits, LogitTable? teacher)
    {
        if (corpus.Kind == TaskKind.MultiLabel)
        {
            float[][] targets = corpus.TargetRows();
            return new DevScores(MultiLabel.SubsetAccuracy(logits, targets), MultiLabel.MacroF1(logits, targets),
                teacher is null ? double.NaN : MultiLabel.Agreement(logits, teacher));
        }
        int[] labels = corpus.ClassIndices();
        return new DevScores(SingleLabel.Accuracy(logits, labels), SingleLabel.MacroF1(logits, labels),
            teacher is null ? double.NaN : SingleLabel.Agreement(logits, teacher));
    }

    public double Of(DevMetric metric) => metric switch
    {
        DevMetric.Accuracy => Accuracy,
        DevMetric.MacroF1 => MacroF1,
        _ => Agreement,
    };
}

/// <summary>What the training loop trains: a teacher or a student with its data.</summary>
public interface ITrainee
{
    /// <summary>The stage's name in messages: <c>teach</c>, <c>distill</c>.</summary>
    string Stage { get; }

    /// <summary>Its parameters are optimized, checkpointed and, at the best look at dev, kept.</summary>
    nn.Module Module { get; }

    /// <summary>Every parameter of <see cref="Module"/> that is to move.</summary>
    IReadOnlyList<ParameterGroup> Groups { get; }

    /// <summary>The length of each training text in tokens.</summary>
    IReadOnlyList<int> Lengths { get; }

    /// <summary>The terms of the objective on a batch of training texts; the loop owns their dispose scope.</summary>
    IReadOnlyList<LossTerm> Losses(int[] batch);

    /// <summary>Scores on dev, with the module in evaluation mode.</summary>
    DevScores Evaluate(CancellationToken cancellation);
}
