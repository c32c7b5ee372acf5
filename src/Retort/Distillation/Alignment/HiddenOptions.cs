using System.ComponentModel;
using Retort.Runs;

namespace Retort.Distillation.Alignment;

/// <summary>How the student's features are held to the teacher's hidden states.</summary>
public enum HiddenLoss
{
    /// <summary>Mean squared difference from the states of mean 0 and deviation 1 over their features.</summary>
    Mse,

    /// <summary>1 − the cosine of the two.</summary>
    Cosine,

    /// <summary>Mean squared difference of the likenesses among the texts of a batch (Tung and Mori 2019, arXiv:1907.09682).</summary>
    Similarity,

    /// <summary>Cross-entropy of finding each text's own state among those of the batch (after Tian et al. 2020, arXiv:1910.10699).</summary>
    Contrastive,
}

/// <summary>What stands between two spaces of unlike width.</summary>
public enum Projection
{
    None,

    Linear,

    /// <summary>A learnt scale times two layers with a ReLU between, twice as wide inside as the result.</summary>
    Adaptive,
}

/// <summary>Which of the two is projected.</summary>
public enum AlignmentDirection
{
    StudentToTeacher,

    /// <summary>The projected states are normalized, so that they cannot shrink to 0.</summary>
    TeacherToStudent,
}

/// <summary>How much each feature weighs in the alignment.</summary>
public enum FeatureWeights
{
    /// <summary>All alike.</summary>
    None,

    /// <summary>By the running mean of |∂ soft-label loss / ∂ feature|: what matters to the task is aligned first.</summary>
    Gradient,
}

/// <summary>How a student's pooled features are aligned with the teacher's pooled states, beside what is learnt from its logits.</summary>
public sealed record HiddenOptions
{
    [Description("mse (on normalized states), cosine, similarity (of the texts of a batch to each other) or contrastive (each text's state among those of the batch)")]
    public HiddenLoss Loss { get; init; } = HiddenLoss.Mse;

    [Description("What maps one side to the other's width: none, linear or adaptive (two layers, a scale)")]
    public Projection Projection { get; init; } = Projection.Linear;

    [Description("What is projected: student_to_teacher or teacher_to_student")]
    public AlignmentDirection Direction { get; init; } = AlignmentDirection.StudentToTeacher;

    [Description("How much each of the student's features weighs in mse: none (all alike) or gradient (as much as the soft-label loss depends on it); with direction teacher_to_student or projection none")]
    public FeatureWeights FeatureWeights { get; init; } = FeatureWeights.None;

    [Description("Peak learning rate of the projection")]
    public double LearningRate { get; init; } = 1e-3;

    [Description("Temperature of the cosines in contrastive")]
    public double Temperature { get; init; } = 0.1;

    /// <exception cref="UsageException">A value is out of its range.</exception>
    public void Validate()
    {
        OptionRange.Defined("hidden.loss", Loss);
        OptionRange.Defined("hidden.projection", Projection);
        OptionRange.Defined("hidden.direction", Direction);
        OptionRange.Defined("hidden.feature_weights", FeatureWeights);
        if (FeatureWeights == FeatureWeights.Gradient && Projection != Projection.None && Direction == AlignmentDirection.StudentToTeacher)
        {
            throw new UsageException("hidden.feature_weights is gradient, which weighs the student's features, and with hidden.direction student_to_teacher it is the teacher's that are compared: "
                + "expected direction teacher_to_student, or projection none")
            { Key = "hidden.feature_weights" };
        }
        OptionRange.Above("hidden.learning_rate", LearningRate, 0);
        OptionRange.Above("hidden.temperature", Temperature, 0);
    }
}
