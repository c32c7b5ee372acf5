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

/// <summary>How several layers of the teacher become one target.</summary>
public enum LayerMapping
{
    /// <summary>Their mean.</summary>
    Mean,

    /// <summary>Each is one, with a projection of its own; the term is the mean over them.</summary>
    Each,

    /// <summary>The one that the projected features are closest to, batch by batch.</summary>
    Closest,
}

/// <summary>How a student's features are aligned with the teacher's states, beside what is learnt from its logits.</summary>
public sealed record HiddenOptions
{
    [Description("mse (on normalized states), cosine, similarity (of the texts of a batch to each other) or contrastive (each text's state among those of the batch)")]
    public HiddenLoss Loss { get; init; } = HiddenLoss.Mse;

    [Description("The teacher's layers, from 1; 0: the embeddings, -1: the last, -2: the one before")]
    public int[] Layers { get; init; } = [-1];

    [Description("How several layers become one target: mean, each (with a projection of its own; the mean of their losses) or closest (the least loss of a batch)")]
    public LayerMapping LayerMapping { get; init; } = LayerMapping.Mean;

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

    /// <param name="section">The recipe's: <c>hidden</c> or <c>token_hidden</c>.</param>
    /// <exception cref="UsageException">A value is out of its range.</exception>
    public void Validate(string section)
    {
        OptionRange.Defined($"{section}.loss", Loss);
        OptionRange.Distinct($"{section}.layers", Layers, -1000, 1000);
        OptionRange.Defined($"{section}.layer_mapping", LayerMapping);
        OptionRange.Defined($"{section}.projection", Projection);
        OptionRange.Defined($"{section}.direction", Direction);
        OptionRange.Defined($"{section}.feature_weights", FeatureWeights);
        if (FeatureWeights == FeatureWeights.Gradient && Projection != Projection.None && Direction == AlignmentDirection.StudentToTeacher)
        {
            throw new UsageException($"{section}.feature_weights is gradient, which weighs the student's features, and with {section}.direction student_to_teacher it is the teacher's that are compared: "
                + "expected direction teacher_to_student, or projection none")
            { Key = $"{section}.feature_weights" };
        }
        OptionRange.Above($"{section}.learning_rate", LearningRate, 0);
        OptionRange.Above($"{section}.temperature", Temperature, 0);
    }

    /// <exception cref="UsageException">Nothing projects one side to the width of the other.</exception>
    internal void RequireWidth(string section, string what, int features, int width)
    {
        if (Projection == Projection.None && Loss != HiddenLoss.Similarity && features != width)
        {
            throw new UsageException($"{section}.projection is none, and the student has {features} {what}, the teacher's states {width}: expected as many, linear or adaptive; or {section}.loss similarity, which compares no widths")
            { Key = $"{section}.projection" };
        }
    }
}
