using System.ComponentModel;
using Retort.Runs;

namespace Retort.Distillation.Alignment;

/// <summary>How the student's attention is held to the teacher's.</summary>
public enum AttentionLoss
{
    /// <summary>Squared difference of the probabilities, summed over what is attended to.</summary>
    Mse,

    /// <summary>Mean squared difference of the scores before the softmax (Jiao et al. 2019, TinyBERT, arXiv:1909.10351).</summary>
    MseLogits,

    /// <summary>KL of the probabilities (Wang et al. 2020, MiniLM, arXiv:2002.10957).</summary>
    Kl,
}

/// <summary>How a student's feature map is taught to attend as the teacher does, by a head that is part of the training alone.</summary>
public sealed record AttentionOptions
{
    [Description("mse (of probabilities), mse_logits (of the scores before the softmax) or kl")]
    public AttentionLoss Loss { get; init; } = AttentionLoss.Kl;

    [Description("The teacher's layers, from 1; -1: the last, -2: the one before. Each has a map of its own")]
    public int[] Layers { get; init; } = [-1];

    [Description("The heads of these layers, from 0, each with a map of its own; empty: the mean of all heads")]
    public int[] Heads { get; init; } = [];

    [Description("Width of the queries and keys that the student's head computes for each map")]
    public int Width { get; init; } = 64;

    [Description("Peak learning rate of the head")]
    public double LearningRate { get; init; } = 1e-3;

    /// <exception cref="UsageException">A value is out of its range.</exception>
    public void Validate()
    {
        OptionRange.Defined("attention.loss", Loss);
        OptionRange.Distinct("attention.layers", Layers, -1000, 1000);
        if (Heads.Length > 0)
            OptionRange.Distinct("attention.heads", Heads, 0, 1000);
        OptionRange.AtLeast("attention.width", Width, 1);
        OptionRange.Above("attention.learning_rate", LearningRate, 0);
    }
}
