using System.ComponentModel;
using Retort.Runs;
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
public sealed record DistillationOptions : ITrainingSettings
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

    [Description("Passes over train of the student without teacher, which has fewer texts to learn from; 0: as many as the student's")]
    public int EpochsWithoutTeacher { get; init; }

    [Description("Texts a step")]
    public int BatchSize { get; init; } = 128;

    [Description("Peak learning rate of AdamW")]
    public double LearningRate { get; init; } = 1e-3;

    [Description("Peak learning rate of the token embeddings")]
    public double EmbeddingLearningRate { get; init; } = 5e-4;

    [Description("Decoupled weight decay; none on biases, norms and embeddings")]
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

    [Description("Best checkpoint by: accuracy, macro_f1 or agreement (with the teacher); a tie goes to the lower dev loss")]
    public DevMetric Metric { get; init; } = DevMetric.Accuracy;

    [Description("Seeds; one student each, with and without teacher")]
    public int[] Seeds { get; init; } = [1];

    /// <summary>The options of a student alone, with its teacher or without.</summary>
    internal DistillationOptions Of(bool withTeacher)
    {
        DistillationOptions own = this with { EpochsWithoutTeacher = 0, Seeds = [] };
        var plain = new DistillationOptions();
        // Terms of a teacher say nothing about a student without one.
        return withTeacher ? own : own with
        {
            Epochs = EpochsWithoutTeacher > 0 ? EpochsWithoutTeacher : Epochs,
            SoftLabelLoss = plain.SoftLabelLoss,
            Temperature = plain.Temperature,
            SoftLabelWeight = plain.SoftLabelWeight,
            HardLabelWeight = plain.HardLabelWeight,
        };
    }

    /// <exception cref="UsageException">A value is out of its range, or no term has a weight.</exception>
    public void Validate()
    {
        OptionRange.Defined("distillation.soft_label_loss", SoftLabelLoss);
        OptionRange.Above("distillation.temperature", Temperature, 0);
        OptionRange.AtLeast("distillation.soft_label_weight", SoftLabelWeight, 0);
        OptionRange.AtLeast("distillation.hard_label_weight", HardLabelWeight, 0);
        OptionRange.AtLeast("distillation.epochs", Epochs, 1);
        OptionRange.AtLeast("distillation.epochs_without_teacher", EpochsWithoutTeacher, 0);
        OptionRange.AtLeast("distillation.batch_size", BatchSize, 1);
        OptionRange.Above("distillation.learning_rate", LearningRate, 0);
        // 0 keeps the embeddings as they start.
        OptionRange.AtLeast("distillation.embedding_learning_rate", EmbeddingLearningRate, 0);
        OptionRange.AtLeast("distillation.weight_decay", WeightDecay, 0);
        OptionRange.Within("distillation.warmup_fraction", WarmupFraction, 0.0, 1.0);
        OptionRange.Defined("distillation.decay", Decay);
        OptionRange.AtLeast("distillation.clip_norm", ClipNorm, 0);
        OptionRange.ShareBelowOne("distillation.ema_decay", EmaDecay);
        OptionRange.AtLeast("distillation.evaluations_per_epoch", EvaluationsPerEpoch, 1);
        OptionRange.AtLeast("distillation.patience", Patience, 0);
        OptionRange.Defined("distillation.metric", Metric);
        OptionRange.Distinct("distillation.seeds", Seeds, 0, int.MaxValue);
        if (SoftLabelWeight == 0 && HardLabelWeight == 0)
        {
            throw new UsageException("distillation.soft_label_weight and distillation.hard_label_weight are both 0: " +
                "expected at least one above 0")
            { Key = "distillation.soft_label_weight" };
        }
    }
}
