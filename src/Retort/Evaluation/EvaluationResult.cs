using System.Text.Json.Serialization;
using Retort.Data;
using Retort.Metrics;
using Retort.Training;

namespace Retort.Evaluation;

/// <summary>All that is known of a classifier on one corpus. What does not apply to a task is null.</summary>
public sealed record EvaluationResult
{
    /// <summary>Where the corpus came from.</summary>
    public required string Source { get; init; }

    public required TaskKind Kind { get; init; }

    public required int Texts { get; init; }

    /// <summary>The class names in index order.</summary>
    public required IReadOnlyList<string> Classes { get; init; }

    /// <summary>The truth is a teacher's answer, where the corpus has no labels: classes and confusion are agreement class by class.</summary>
    public bool AgainstTeacher { get; init; }

    /// <summary>Share of texts with the right class (multi-label: with exactly the right set); null without labels.</summary>
    public required double? Accuracy { get; init; }

    /// <summary>The mean F1 of the classes that occur: see <see cref="ClassScores.MacroF1"/>; null without labels.</summary>
    public required double? MacroF1 { get; init; }

    /// <summary>Multi-label only: F1 over all pairs of text and class.</summary>
    public double? MicroF1 { get; init; }

    /// <summary>The scores of each class, in index order.</summary>
    public required IReadOnlyList<ClassScores> PerClass { get; init; }

    /// <summary>Single-label only: [truth][predicted] counts texts.</summary>
    public int[][]? Confusion { get; init; }

    /// <summary>Share of texts with the teacher's class (multi-label: set).</summary>
    public double? Agreement { get; init; }

    /// <summary>Multi-label only: the agreement on each class.</summary>
    public double[]? PerClassAgreement { get; init; }

    /// <summary>Mean KL(teacher ‖ student) at temperature 1, in nats.</summary>
    public double? Divergence { get; init; }

    /// <summary>Mean negative log-likelihood of the labels, or without them of the teacher's classes, at temperature 1, in nats.</summary>
    public required double NegativeLogLikelihood { get; init; }

    /// <summary>Expected calibration error at temperature 1 (multi-label: the mean of the classes'); null without labels.</summary>
    public required double? CalibrationError { get; init; }

    /// <summary>The temperature that was fitted on dev.</summary>
    public required double Temperature { get; init; }

    /// <summary>Expected calibration error at <see cref="Temperature"/>; null without labels.</summary>
    public required double? CalibratedError { get; init; }

    /// <summary>Single-label only: the bins behind <see cref="CalibratedError"/>.</summary>
    public IReadOnlyList<ReliabilityBin>? Reliability { get; init; }

    /// <summary>The bins behind <see cref="CalibrationError"/>; null in a result of an older version, too.</summary>
    public IReadOnlyList<ReliabilityBin>? UncalibratedReliability { get; init; }

    /// <summary>One figure of a task with one or several labels; null where it does not apply.</summary>
    public double? Of(DevMetric metric) => metric switch
    {
        DevMetric.Accuracy => Accuracy,
        DevMetric.MacroF1 => MacroF1,
        _ => Agreement,
    };

    /// <summary>Which texts are right, for McNemar's test; not written to JSON, and so empty in a result that was read.</summary>
    [JsonIgnore]
    public bool[] Right { get; init; } = [];
}
