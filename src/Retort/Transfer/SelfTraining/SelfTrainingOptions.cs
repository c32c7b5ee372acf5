using System.ComponentModel;
using Retort.Runs;

namespace Retort.Transfer.SelfTraining;

/// <summary>How a teacher of few labels is fine-tuned again on what it is sure of.</summary>
public sealed record SelfTrainingOptions
{
    [Description("Rounds at most in which the encoder is fine-tuned again, on train and the unlabelled texts that the last teacher is sure of; ends with the first that is no better on dev; 0: none")]
    public int Rounds { get; init; }

    [Description("Unlabelled texts that a round adds to train, in the proportions of its classes")]
    public int Texts { get; init; } = 1000;

    [Description("Least probability of the teacher's class for a text to be added")]
    public double Confidence { get; init; } = 0.9;

    [Description("Unlabelled texts that a round chooses from, drawn by teacher.seed; 0: all")]
    public int Pool { get; init; } = 5000;

    /// <exception cref="UsageException">A value is out of its range.</exception>
    public void Validate()
    {
        OptionRange.AtLeast("self_training.rounds", Rounds, 0);
        OptionRange.AtLeast("self_training.texts", Texts, 1);
        OptionRange.ShareBelowOne("self_training.confidence", Confidence);
        OptionRange.AtLeast("self_training.pool", Pool, 0);
    }
}
