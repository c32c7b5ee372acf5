using System.ComponentModel;
using System.Text.Json.Serialization;
using Retort.Data;
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

    /// <summary>The KL in two parts, of the target class and among the others, with weights of their own (Zhao et al. 2022, arXiv:2203.08679).</summary>
    DecoupledKl,
}

/// <summary>Whose certainty of a text sets the temperature that it is distilled at.</summary>
public enum SampleTemperature
{
    /// <summary>One temperature for all.</summary>
    None,

    Teacher,

    Student,

    /// <summary>One for all, which is learnt against the student (Li et al. 2022, arXiv:2211.16231).</summary>
    Learned,
}

/// <summary>How much each text weighs in the soft-label term.</summary>
public enum SampleWeight
{
    /// <summary>All alike.</summary>
    None,

    /// <summary>By the entropy of the student's answer, scaled to a mean of 1 over the batch (Li et al. 2021, arXiv:2109.11295).</summary>
    Uncertainty,
}

/// <summary>How soft and hard labels are mixed, text by text.</summary>
public enum LabelMixing
{
    /// <summary>By the weights of the two terms alone.</summary>
    Fixed,

    /// <summary>The soft label counts by the probability that the teacher gives to the label, and the label for the rest.</summary>
    Correctness,
}

/// <summary>How a student is trained on the teacher's signals.</summary>
public sealed record DistillationOptions : ITrainingSettings
{
    private const int MostMembers = 16;

    [Description("mse (on logits), kl (at the temperature) or decoupled_kl (which weighs the target class and the others apart)")]
    public SoftLabelLoss SoftLabelLoss { get; init; } = SoftLabelLoss.Mse;

    [Description("Temperature of the kl losses; mse does not use one")]
    public double Temperature { get; init; } = 2;

    [Description("Whose certainty sets a text's own temperature: none, teacher or student; from 1 where it says all classes alike, to temperature where it is sure of one. Or learned: one for all, that begins as temperature and learns to make it hard for the student")]
    public SampleTemperature SampleTemperature { get; init; } = SampleTemperature.None;

    [Description("Weight of the target class in decoupled_kl")]
    public double TargetWeight { get; init; } = 1;

    [Description("Weight of the other classes in decoupled_kl")]
    public double NonTargetWeight { get; init; } = 8;

    [Description("Whether the kl losses are on logits of mean 0 and deviation 1 over the classes, so that the student need not match their size; of three classes or more")]
    public bool StandardizeLogits { get; init; }

    [Description("How much a text weighs in the soft-label term: none (all alike) or uncertainty (the entropy of the student's answer)")]
    public SampleWeight SampleWeight { get; init; } = SampleWeight.None;

    [Description("Of labelled texts: fixed, or correctness (the soft label counts by the probability that the teacher gives to the label, the label for the rest)")]
    public LabelMixing LabelMixing { get; init; } = LabelMixing.Fixed;

    [Description("Weight of the soft-label term")]
    public double SoftLabelWeight { get; init; } = 1;

    [Description("Weight of the hard-label term")]
    public double HardLabelWeight { get; init; }

    [Description("Weight of the term that aligns the student's pooled features with the teacher's pooled states (hidden); 0: none")]
    public double HiddenWeight { get; init; }

    [Description("Weight of the term that aligns the student's feature map with the teacher's states of the tokens at the same place (token_hidden); 0: none")]
    public double TokenHiddenWeight { get; init; }

    [Description("Weight of the term that teaches the student's feature map to attend as the teacher does (attention); 0: none")]
    public double AttentionWeight { get; init; }

    [Description("How weights change in training: fixed, uncertainty (each term by 1 / a learnt variance), gradient_cosine (each by how far its gradient points where that of the first does) or gradient_norm (so that their gradients become equally large)")]
    public TermWeights TermWeights { get; init; } = TermWeights.Fixed;

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

    [Description("Peak learning rate of the table of n-grams")]
    public double NgramLearningRate { get; init; } = 0.03;

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

    [Description("Arithmetic of the student's convolutions in training: f32, or bf16, which is quicker on a processor with AVX512_BF16 or AMX")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Precision Precision { get; init; }

    [Description("Looks at dev an epoch")]
    public int EvaluationsPerEpoch { get; init; } = 2;

    [Description("Stop after this many looks at dev without a better score; 0: never")]
    public int Patience { get; init; }

    [Description("Best checkpoint by: accuracy, macro_f1 or agreement (with the teacher); a tie goes to the lower dev loss")]
    public DevMetric Metric { get; init; } = DevMetric.Accuracy;

    [Description("Seeds; one student each, with teacher and (baseline.without_teacher) without")]
    public int[] Seeds { get; init; } = [1];

    [Description("How many students are trained for each, of seeds of their own, and merged into one that answers with the mean of their logits; it is up to so many times as large and as slow")]
    // No training depends on how many others there are.
    [JsonIgnore]
    public int Members { get; init; } = 1;

    /// <summary>How many terms the objective of a student with a teacher has.</summary>
    internal int Terms => (SoftLabelWeight > 0 ? 1 : 0) + (HardLabelWeight > 0 ? 1 : 0) + (HiddenWeight > 0 ? 1 : 0)
        + (TokenHiddenWeight > 0 ? 1 : 0) + (AttentionWeight > 0 ? 1 : 0)
        + (SoftLabelWeight > 0 && LabelMixing == LabelMixing.Correctness ? 1 : 0);

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
            SampleTemperature = plain.SampleTemperature,
            TargetWeight = plain.TargetWeight,
            NonTargetWeight = plain.NonTargetWeight,
            StandardizeLogits = plain.StandardizeLogits,
            SampleWeight = plain.SampleWeight,
            LabelMixing = plain.LabelMixing,
            SoftLabelWeight = plain.SoftLabelWeight,
            HardLabelWeight = plain.HardLabelWeight,
            HiddenWeight = plain.HiddenWeight,
            TokenHiddenWeight = plain.TokenHiddenWeight,
            AttentionWeight = plain.AttentionWeight,
            TermWeights = plain.TermWeights,
        };
    }

    /// <exception cref="UsageException">An option does not go with the task.</exception>
    internal void RequireFor(TaskKind kind, int classes)
    {
        string? key = SoftLabelLoss == SoftLabelLoss.DecoupledKl ? "soft_label_loss" : SampleTemperature != SampleTemperature.None ? "sample_temperature"
            : StandardizeLogits ? "standardize_logits" : SampleWeight != SampleWeight.None ? "sample_weight"
            : LabelMixing != LabelMixing.Fixed ? "label_mixing" : null;
        if (kind == TaskKind.MultiLabel && key is not null)
        {
            throw new UsageException($"distillation.{key} goes by one distribution over the classes, and the task is multi-label: expected {key} at its default")
            { Key = $"distillation.{key}" };
        }
        if (classes == 2 && StandardizeLogits)
        {
            throw new UsageException("distillation.standardize_logits is true, and there are two classes, of which it leaves no more than which is the likelier: expected false, or three classes")
            { Key = "distillation.standardize_logits" };
        }
        if (classes == 2 && SoftLabelLoss == SoftLabelLoss.DecoupledKl)
        {
            throw new UsageException("distillation.soft_label_loss is decoupled_kl, and there are two classes, so that beside the target class there is nothing to weigh: expected kl, or three classes")
            { Key = "distillation.soft_label_loss" };
        }
    }

    /// <exception cref="UsageException">A value is out of its range, or no term has a weight.</exception>
    public void Validate()
    {
        OptionRange.Defined("distillation.soft_label_loss", SoftLabelLoss);
        OptionRange.Above("distillation.temperature", Temperature, 0);
        OptionRange.Defined("distillation.sample_temperature", SampleTemperature);
        OptionRange.AtLeast("distillation.target_weight", TargetWeight, 0);
        OptionRange.AtLeast("distillation.non_target_weight", NonTargetWeight, 0);
        OptionRange.Defined("distillation.sample_weight", SampleWeight);
        OptionRange.Defined("distillation.label_mixing", LabelMixing);
        OptionRange.AtLeast("distillation.soft_label_weight", SoftLabelWeight, 0);
        OptionRange.AtLeast("distillation.hard_label_weight", HardLabelWeight, 0);
        OptionRange.AtLeast("distillation.hidden_weight", HiddenWeight, 0);
        OptionRange.AtLeast("distillation.token_hidden_weight", TokenHiddenWeight, 0);
        OptionRange.AtLeast("distillation.attention_weight", AttentionWeight, 0);
        OptionRange.Defined("distillation.term_weights", TermWeights);
        OptionRange.AtLeast("distillation.epochs", Epochs, 1);
        OptionRange.AtLeast("distillation.epochs_without_teacher", EpochsWithoutTeacher, 0);
        OptionRange.AtLeast("distillation.batch_size", BatchSize, 1);
        OptionRange.Above("distillation.learning_rate", LearningRate, 0);
        // 0 keeps the embeddings as they start.
        OptionRange.AtLeast("distillation.embedding_learning_rate", EmbeddingLearningRate, 0);
        OptionRange.AtLeast("distillation.ngram_learning_rate", NgramLearningRate, 0);
        OptionRange.AtLeast("distillation.weight_decay", WeightDecay, 0);
        OptionRange.Within("distillation.warmup_fraction", WarmupFraction, 0.0, 1.0);
        OptionRange.Defined("distillation.decay", Decay);
        OptionRange.AtLeast("distillation.clip_norm", ClipNorm, 0);
        OptionRange.Defined("distillation.precision", Precision);
        OptionRange.ShareBelowOne("distillation.ema_decay", EmaDecay);
        OptionRange.AtLeast("distillation.evaluations_per_epoch", EvaluationsPerEpoch, 1);
        OptionRange.AtLeast("distillation.patience", Patience, 0);
        OptionRange.Defined("distillation.metric", Metric);
        OptionRange.Distinct("distillation.seeds", Seeds, 0, int.MaxValue);
        OptionRange.Within("distillation.members", Members, 1, MostMembers);
        if (SampleTemperature == SampleTemperature.Learned && Temperature <= 1)
        {
            throw new UsageException(FormattableString.Invariant($"distillation.temperature is {Temperature}, and distillation.sample_temperature is learned, which begins there and moves between 1 and twice as far from 1: expected more than 1"))
            { Key = "distillation.temperature" };
        }
        if (SoftLabelLoss == SoftLabelLoss.DecoupledKl && TargetWeight == 0 && NonTargetWeight == 0)
        {
            throw new UsageException("distillation.target_weight and distillation.non_target_weight are both 0: expected at least one above 0")
            { Key = "distillation.target_weight" };
        }
        if (SoftLabelWeight == 0 && HardLabelWeight == 0)
        {
            throw new UsageException("distillation.soft_label_weight and distillation.hard_label_weight are both 0: " +
                "expected at least one above 0")
            { Key = "distillation.soft_label_weight" };
        }
    }
}
