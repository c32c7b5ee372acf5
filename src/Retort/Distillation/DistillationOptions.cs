using System.ComponentModel;
using Retort.Training;

namespace Retort.Distillation;

/// <summary>How the student is held to the teacher's output.</summary>
public enum SoftLabelLoss
{
    /// <summary>Mean squared error on the raw logits.</summary>
    Mse,

    /// <summary>T² · KL at the temperature (Hinton et al. 2015, arXiv:1503.02531).</summary>
    Kl,
}

/// <summary>How a student is trained on the teacher's signals.</summary>
public sealed record DistillationOptions
{
    [Description("mse (on logits) or kl (at the temperature)")]
    public SoftLabelLoss SoftLabelLoss { get; init; } = SoftLabelLoss.Mse;

    [Description("Temperature of the kl loss; mse does not use one")]
    public double Temperature { get; init; } = 2;

    [Description("Weight of the soft-label term")]
    public double SoftLabelWeight { get; init; } = 1;

    [Description("Weight of the hard-label term")]
    public double HardLabelWeight { get; init; }

    [Description("Passes over the transfer set")]
    public int Epochs { get; init; } = 4;

    [Description("Texts a step")]
    public int BatchSize { get; init; } = 128;

    [Description("Peak learning rate of AdamW")]
    public double LearningRate { get; init; } = 1e-3;

    [Description("Peak learning rate of the token embeddings")]
    public double EmbeddingLearningRate { get; init; } = 5e-4;

    [Description("Decoupled weight decay; none on biases and norms")]
    public double WeightDecay { get; init; } = 0.01;

    [Description("Share of the steps over which the learning rate rises linearly")]
    public double WarmupFraction { get; init; } = 0.03;

    [Description("How the learning rate then falls to 0: linear or cosine")]
    public Decay Decay { get; init; } = Decay.Linear;

    [Description("Largest norm of the gradient; 0: no clipping")]
    public double ClipNorm { get; init; } = 1.0;

    [Description("Decay of an exponential moving average of the weights, which is then what is evaluated and saved; 0: none")]
    public double EmaDecay { get; init; }

    [Description("Looks at dev an epoch")]
    public int EvaluationsPerEpoch { get; init; } = 2;

    [Description("Stop after this many looks at dev without a better score; 0: never")]
    public int Patience { get; init; }

    [Description("Best checkpoint by: accuracy, macro_f1 or agreement (with the teacher)")]
    public DevMetric Metric { get; init; } = DevMetric.Accuracy;

    [Description("Seeds; one student each, with and without teacher")]
    public int[] Seeds { get; init; } = [1];
}
