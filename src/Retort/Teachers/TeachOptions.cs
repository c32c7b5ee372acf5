using System.ComponentModel;
using Retort.Runs;
using Retort.Training;

namespace Retort.Teachers;

/// <summary>What becomes of a text longer than the teacher's length limit.</summary>
public enum LongText
{
    /// <summary>Keep the first tokens.</summary>
    Head,

    /// <summary>Keep the first half of the limit and the last half.</summary>
    HeadTail,

    /// <summary>Cut into windows of the limit and average their logits.</summary>
    WindowsMean,
}

/// <summary>How a BERT encoder is fine-tuned into a teacher.</summary>
public sealed record TeachOptions : ITrainingSettings
{
    [Description("A fine-tuned classifier to use as it is, named like an encoder; empty: fine-tune the encoder")]
    [PathValue("minilm", "hf:", "npm:")]
    public string Model { get; init; } = "";

    [Description("Pre-trained encoder: minilm, a Hugging Face folder, hf:ORG/NAME[@REVISION] or npm:NAME@VERSION")]
    [PathValue("minilm", "hf:", "npm:")]
    public string Encoder { get; init; } = "minilm";

    [Description("Keep only the lowest N layers of the encoder; 0: all")]
    public int Layers { get; init; }

    [Description("Longest input in tokens, [CLS] and [SEP] included")]
    public int MaxLength { get; init; } = 128;

    [Description("Longer texts: head, head_tail or windows_mean")]
    public LongText LongText { get; init; } = LongText.Head;

    [Description("Passes over train")]
    public int Epochs { get; init; } = 3;

    [Description("Texts a step")]
    public int BatchSize { get; init; } = 32;

    [Description("Peak learning rate of AdamW")]
    public double LearningRate { get; init; } = 5e-5;

    [Description("Decoupled weight decay; none on LayerNorm and biases")]
    public double WeightDecay { get; init; } = 0.01;

    [Description("Share of the steps over which the learning rate rises linearly; it then falls linearly to 0")]
    public double WarmupFraction { get; init; } = 0.06;

    [Description("Largest norm of the gradient; 0: no clipping")]
    public double ClipNorm { get; init; } = 1.0;

    [Description("Dropout in the encoder and before the classifier")]
    public double Dropout { get; init; } = 0.1;

    [Description("Weights of the classes in the loss: none or balanced (inverse frequency)")]
    public ClassWeights ClassWeights { get; init; } = ClassWeights.None;

    [Description("Looks at dev an epoch")]
    public int EvaluationsPerEpoch { get; init; } = 2;

    [Description("Stop after this many looks at dev without a better score; 0: never")]
    public int Patience { get; init; }

    [Description("Best checkpoint by: accuracy or macro_f1; a tie goes to the lower dev loss")]
    public DevMetric Metric { get; init; } = DevMetric.Accuracy;

    [Description("Seed of the new classifier, the order of the texts and dropout")]
    public int Seed { get; init; } = 1;

    /// <exception cref="UsageException">A value is out of its range.</exception>
    public void Validate()
    {
        OptionRange.NotEmpty("teacher.encoder", Encoder, "minilm, a folder, hf:ORG/NAME or npm:NAME@VERSION");
        OptionRange.AtLeast("teacher.layers", Layers, 0);
        // [CLS], one token and [SEP].
        OptionRange.AtLeast("teacher.max_length", MaxLength, 3);
        OptionRange.Defined("teacher.long_text", LongText);
        OptionRange.AtLeast("teacher.epochs", Epochs, 1);
        OptionRange.AtLeast("teacher.batch_size", BatchSize, 1);
        OptionRange.Above("teacher.learning_rate", LearningRate, 0);
        OptionRange.AtLeast("teacher.weight_decay", WeightDecay, 0);
        OptionRange.Within("teacher.warmup_fraction", WarmupFraction, 0.0, 1.0);
        OptionRange.AtLeast("teacher.clip_norm", ClipNorm, 0);
        OptionRange.ShareBelowOne("teacher.dropout", Dropout);
        OptionRange.Defined("teacher.class_weights", ClassWeights);
        OptionRange.AtLeast("teacher.evaluations_per_epoch", EvaluationsPerEpoch, 1);
        OptionRange.AtLeast("teacher.patience", Patience, 0);
        OptionRange.Defined("teacher.metric", Metric);
        if (Metric == DevMetric.Agreement)
        {
            throw new UsageException("teacher.metric is agreement, which compares a student with its teacher: " +
                "expected accuracy or macro_f1")
            { Key = "teacher.metric" };
        }
    }
}
