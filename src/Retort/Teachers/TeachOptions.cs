using System.ComponentModel;
using System.Text.Json.Serialization;
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

/// <summary>Who the teachers are, and how an encoder is fine-tuned into one.</summary>
public sealed record TeachOptions : ITrainingSettings
{
    [Description("The teachers, one or several, each of: fine_tuned (the encoder below), a fine-tuned Hugging Face folder, an .onnx file or a folder with one, hf:ORG/NAME, npm:NAME@VERSION, a .tsv, .csv, .jsonl or .parquet file of logits, probabilities or votes (a * in its name stands for train, dev, test, unlabelled), or command:LINE")]
    [PathValue(NamedTeacher.FineTuned, "minilm", "hf:", "npm:", NamedTeacher.CommandPrefix)]
    public string[] Sources { get; init; } = [NamedTeacher.FineTuned];

    [Description("How several teachers become one: first (that knows the text), mean_probabilities, mean_logits, dev_accuracy, confidence, correctness, learned or by_class")]
    public Combination Combine { get; init; } = Combination.MeanProbabilities;

    [Description("Go on with a teacher that is hardly better than the majority class or a guess (--force)")]
    public bool AcceptWeak { get; init; }

    [Description("Pre-trained encoder, a BERT, DistilBERT, RoBERTa, XLM-RoBERTa or ALBERT: minilm, a Hugging Face folder, hf:ORG/NAME[@REVISION] or npm:NAME@VERSION; where no teacher is a model, the student's tokenizer and embeddings alone come from it")]
    [PathValue("minilm", "hf:", "npm:")]
    public string Encoder { get; init; } = "minilm";

    [Description("Keep only the lowest N layers of the encoder, or of ALBERT's shared ones N passes; 0: all")]
    public int Layers { get; init; }

    [Description("Leave the embeddings and the lowest N layers as they were pre-trained: fine-tuning is quicker and takes less memory; 0: all of the encoder learns")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int FrozenLayers { get; init; }

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

    [Description("A stronger teacher's signals of train that the encoder is fine-tuned on in place of the labels (mean squared error on the logits): a file as in teacher.sources; empty: the labels")]
    [PathValue]
    public string SoftLabels { get; init; } = "";

    [Description("Arithmetic of fine-tuning's products: f32, or bf16, which is quicker on a processor with AVX512_BF16 or AMX")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Precision Precision { get; init; }

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
        ValidateSources();
        OptionRange.Defined("teacher.combine", Combine);
        OptionRange.NotEmpty("teacher.encoder", Encoder, "minilm, a folder, hf:ORG/NAME or npm:NAME@VERSION");
        OptionRange.AtLeast("teacher.layers", Layers, 0);
        OptionRange.AtLeast("teacher.frozen_layers", FrozenLayers, 0);
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
        OptionRange.Defined("teacher.precision", Precision);
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

    /// <summary>The teachers in order.</summary>
    public IReadOnlyList<NamedTeacher> Parsed() => Array.ConvertAll(Sources, NamedTeacher.Parse);

    private void ValidateSources()
    {
        if (Sources.Length == 0)
            throw new UsageException("teacher.sources is an empty list: expected at least one teacher, such as fine_tuned") { Key = "teacher.sources" };
        foreach (string source in Sources)
            OptionRange.NotEmpty("teacher.sources", NamedTeacher.Parse(source) is { Kind: TeacherKind.Command } command ? command.Place : source, "fine_tuned, a folder, a file or command:LINE");
        if (Sources.GroupBy(source => source, StringComparer.Ordinal).FirstOrDefault(group => group.Count() > 1) is { } twice)
            throw new UsageException($"teacher.sources holds {twice.Key} twice: expected each teacher once") { Key = "teacher.sources" };
    }
}
