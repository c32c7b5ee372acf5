using System.ComponentModel;
using Retort.Runs;

namespace Retort.Cascades;

/// <summary>What a cascade may lose, and what else it decides by the student's confidence.</summary>
public sealed record CascadeOptions
{
    [Description("The most points of accuracy that student and teacher together may lose against the teacher alone")]
    public double Epsilon { get; init; } = 0.5;

    [Description("How sure that is to be for texts that are drawn as dev was, as a share")]
    public double Confidence { get; init; } = 0.95;

    [Description("File of texts that belong to no class: where one is named, texts are rejected that the student is least sure of, and it is told how many of these; empty: none is rejected")]
    [PathValue]
    public string OutOfScope { get; init; } = "";

    [Description("The most texts of dev, in percent, that may be rejected")]
    public double MaxRejected { get; init; } = 5;

    [Description("The share of texts whose true class is to stand in the set of classes that is answered (conformal prediction); 0: no sets")]
    public double Coverage { get; init; }

    /// <exception cref="UsageException">A value is out of its range.</exception>
    public void Validate()
    {
        OptionRange.Within("cascade.epsilon", Epsilon, 0, 100);
        OptionRange.Within("cascade.confidence", Confidence, 0.5, 0.9999);
        OptionRange.Within("cascade.max_rejected", MaxRejected, 0, 100);
        OptionRange.ShareBelowOne("cascade.coverage", Coverage);
    }
}
