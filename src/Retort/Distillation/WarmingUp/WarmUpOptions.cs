using System.ComponentModel;
using Retort.Runs;
using Retort.Training;

namespace Retort.Distillation.WarmingUp;

/// <summary>What a student's encoder learns before it is distilled into.</summary>
public enum WarmUpTask
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>The teacher's pooled states, which need no classifier.</summary>
    PooledState,

    /// <summary>The tokens that stood in hidden places, from the feature map around them; needs no teacher.</summary>
    MaskedTokens,

    /// <summary>Which of two views, each with other tokens and features left out, are of one text; needs no teacher.</summary>
    Views,
}

/// <summary>How a student's answer is held to a pooled state.</summary>
public enum PooledStateLoss
{
    /// <summary>1 − the cosine of the two.</summary>
    Cosine,

    /// <summary>Mean squared difference, over features and batch.</summary>
    Mse,
}

/// <summary>How a student is warmed up on the transfer set's texts, before any class is learnt.</summary>
public sealed record WarmUpOptions : ITrainingSettings
{
    [Description("What the student learns first, on texts alone: none, pooled_state (the teacher's, of the texts that have one), masked_tokens or views (two of each text); the last two also warm up the student without teacher")]
    public WarmUpTask Task { get; init; } = WarmUpTask.None;

    [Description("Loss of pooled_state: cosine or mse")]
    public PooledStateLoss Loss { get; init; } = PooledStateLoss.Cosine;

    [Description("Share of the tokens hidden: those that masked_tokens is to find, or left out of each of the views")]
    public double Mask { get; init; } = 0.15;

    [Description("Temperature of the likenesses between views")]
    public double Temperature { get; init; } = 0.05;

    [Description("Passes over the texts")]
    public int Epochs { get; init; } = 1;

    [Description("Texts a step")]
    public int BatchSize { get; init; } = 128;

    [Description("Peak learning rate of AdamW")]
    public double LearningRate { get; init; } = 1e-3;

    [Description("Peak learning rate of the token embeddings")]
    public double EmbeddingLearningRate { get; init; } = 5e-4;

    [Description("Decoupled weight decay; none on biases, norms and embeddings")]
    public double WeightDecay { get; init; } = 0.01;

    [Description("Share of the steps over which the learning rate rises linearly; it then falls linearly to 0")]
    public double WarmupFraction { get; init; } = 0.03;

    [Description("Largest norm of the gradient; 0: no clipping")]
    public double ClipNorm { get; init; } = 1.0;

    [Description("Looks at dev's texts an epoch")]
    public int EvaluationsPerEpoch { get; init; } = 2;

    int ITrainingSettings.Patience => 0;

    // The task's own score stands in the place of agreement: there are no classes yet.
    DevMetric ITrainingSettings.Metric => DevMetric.Agreement;

    /// <summary>Whether the task learns from a teacher: a student without one is then not warmed up.</summary>
    internal bool NeedsTeacher => Task == WarmUpTask.PooledState;

    /// <exception cref="UsageException">A value is out of its range.</exception>
    public void Validate()
    {
        OptionRange.Defined("warm_up.task", Task);
        OptionRange.Defined("warm_up.loss", Loss);
        OptionRange.ShareBelowOne("warm_up.mask", Mask);
        OptionRange.Above("warm_up.temperature", Temperature, 0);
        OptionRange.AtLeast("warm_up.epochs", Epochs, 1);
        OptionRange.AtLeast("warm_up.batch_size", BatchSize, 1);
        OptionRange.Above("warm_up.learning_rate", LearningRate, 0);
        OptionRange.AtLeast("warm_up.embedding_learning_rate", EmbeddingLearningRate, 0);
        OptionRange.AtLeast("warm_up.weight_decay", WeightDecay, 0);
        OptionRange.Within("warm_up.warmup_fraction", WarmupFraction, 0.0, 1.0);
        OptionRange.AtLeast("warm_up.clip_norm", ClipNorm, 0);
        OptionRange.AtLeast("warm_up.evaluations_per_epoch", EvaluationsPerEpoch, 1);
        if (Task == WarmUpTask.MaskedTokens && Mask == 0)
            throw new UsageException("warm_up.mask is 0, and warm_up.task is masked_tokens: there would be nothing to find; expected a share such as 0.15") { Key = "warm_up.mask" };
        if (Task == WarmUpTask.Views && BatchSize < 2)
            throw new UsageException("warm_up.batch_size is 1, and warm_up.task is views: a text is told from the others of its batch; expected at least 2") { Key = "warm_up.batch_size" };
    }
}
