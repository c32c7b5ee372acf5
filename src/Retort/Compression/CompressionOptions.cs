using System.ComponentModel;
using Retort.Runs;

namespace Retort.Compression;

/// <summary>What a compressed student learns from while it is fine-tuned.</summary>
public enum TuningTarget
{
    /// <summary>What the student was distilled from, by the same objective.</summary>
    Teacher,

    /// <summary>The labels of train alone.</summary>
    Labels,
}

/// <summary>When a student is trained with the rounding of 8 bits in its forward pass.</summary>
public enum QuantizationAware
{
    Never,

    /// <summary>Where rounding after training loses more than 0.1 point of accuracy on dev.</summary>
    Auto,

    Always,
}

/// <summary>How a student is made smaller and faster.</summary>
public sealed record CompressionOptions
{
    [Description("Whether a run compresses its students; the verb compress does in any case")]
    public bool Apply { get; init; }

    [Description("Whether a step must pass the gates below, and is taken as far as it does; otherwise all are taken as far as they say")]
    public bool Gates { get; init; } = true;

    [Description("The most points of accuracy on dev that compression may cost")]
    public double MaxLoss { get; init; } = 0.2;

    [Description("The least share of texts that must be decided as by the uncompressed student")]
    public double MinAgreement { get; init; } = 0.99;

    [Description("The least speed, as a multiple of the uncompressed student's, measured here; above 1: of what all steps come to")]
    public double MinSpeedup { get; init; } = 1;

    [Description("Texts that agreement is counted on: those without a label first, then those of train, then made ones")]
    public int AgreementTexts { get; init; } = 20_000;

    [Description("What weights are stored in: f32, f16 or int8")]
    public StoredPrecision Precision { get; init; } = StoredPrecision.Int8;

    [Description("Where the scales of the INT8 tables come from: min_max (the largest entry), percentile or mse (the least squared error)")]
    public TableCalibration Calibration { get; init; } = TableCalibration.Mse;

    [Description("The percentile, in percent of the entries that texts use; of the n-gram table the largest entry counts")]
    public double Percentile { get; init; } = 99.99;

    [Description("Whether what rounding adds to a sum on average is taken off its bias")]
    public bool BiasCorrection { get; init; }

    [Description("When to train with the runtime's own rounding in the forward pass: never, auto (where rounding costs more than 0.1 point on dev) or always; for int8 alone")]
    public QuantizationAware QuantizationAware { get; init; } = QuantizationAware.Auto;

    [Description("Whether the n-gram table keeps no more columns than its answers need")]
    public bool NarrowNgrams { get; init; } = true;

    [Description("The most of the n-gram table's rows to take away, as a share; 1: the whole table")]
    public double NgramPruning { get; init; } = 0.875;

    [Description("The most of the vocabulary to take away, as a share")]
    public double VocabularyPruning { get; init; } = 0.5;

    [Description("The most of the embeddings' width to take away, as a share")]
    public double WidthPruning { get; init; } = 0.5;

    [Description("The most of the filters to take away, as a share")]
    public double Pruning { get; init; } = 0.5;

    [Description("Which filters stay: l1, l2, taylor, activation, contribution or table")]
    public Importance Importance { get; init; } = Importance.L2;

    [Description("Among which filters they are chosen: global (all) or window")]
    public PruningScope Scope { get; init; } = PruningScope.Global;

    [Description("Rounds in which filters are taken away, each with its share of the fine-tuning; 1: in one shot")]
    public int Rounds { get; init; } = 1;

    [Description("Passes over the transfer set after filters were taken away, all rounds together, and again with rounding; 0: none, the last layer alone is fitted")]
    public int Epochs { get; init; } = 1;

    [Description("Learning rates in these, as a multiple of the distillation's: the student is to be mended, not taught anew")]
    public double LearningRateFactor { get; init; } = 0.1;

    [Description("What is learnt from in these: teacher (with the objective of the distillation) or labels")]
    public TuningTarget Target { get; init; } = TuningTarget.Teacher;

    /// <exception cref="UsageException">A value is out of its range.</exception>
    public void Validate()
    {
        OptionRange.AtLeast("compression.max_loss", MaxLoss, 0);
        OptionRange.Within("compression.min_agreement", MinAgreement, 0.0, 1.0);
        OptionRange.AtLeast("compression.min_speedup", MinSpeedup, 0);
        OptionRange.AtLeast("compression.agreement_texts", AgreementTexts, 1);
        OptionRange.Defined("compression.precision", Precision);
        OptionRange.Defined("compression.calibration", Calibration);
        OptionRange.Within("compression.percentile", Percentile, 50.0, 100.0);
        OptionRange.Defined("compression.quantization_aware", QuantizationAware);
        OptionRange.Within("compression.ngram_pruning", NgramPruning, 0.0, 1.0);
        OptionRange.ShareBelowOne("compression.vocabulary_pruning", VocabularyPruning);
        OptionRange.ShareBelowOne("compression.width_pruning", WidthPruning);
        OptionRange.ShareBelowOne("compression.pruning", Pruning);
        OptionRange.Defined("compression.importance", Importance);
        OptionRange.Defined("compression.scope", Scope);
        OptionRange.AtLeast("compression.rounds", Rounds, 1);
        OptionRange.AtLeast("compression.epochs", Epochs, 0);
        OptionRange.Above("compression.learning_rate_factor", LearningRateFactor, 0);
        OptionRange.Defined("compression.target", Target);
        if (Epochs > 0 && Rounds > Epochs)
        {
            throw new UsageException($"compression.rounds is {Rounds} and compression.epochs {Epochs}: expected at least an epoch for each round")
            { Key = "compression.rounds" };
        }
    }
}
