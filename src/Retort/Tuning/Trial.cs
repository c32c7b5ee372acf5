using Retort.Evaluation;
using Retort.Training;

namespace Retort.Tuning;

/// <summary>What becomes of a trial.</summary>
public enum TrialState { Waiting, Running, Done, Failed }

/// <summary>What is tried: the recipe, and what is changed in it.</summary>
/// <param name="Number">From 0, the recipe as it is.</param>
/// <param name="Name">What tables call it; empty: what it changes.</param>
/// <param name="Role">Whether the student has a teacher.</param>
/// <param name="Changes">Values by dotted key.</param>
public sealed record Configuration(int Number, string Name, Role Role, IReadOnlyDictionary<string, string> Changes);

/// <summary>One student of a configuration that was trained, on dev.</summary>
public sealed record TrialFigures
{
    /// <summary>As of <see cref="EvaluationResult"/>; null without labels.</summary>
    public double? Accuracy { get; init; }

    public double? MacroF1 { get; init; }

    /// <summary>Share of texts with the teacher's class; null without its answers.</summary>
    public double? Agreement { get; init; }

    /// <summary>Mean negative log-likelihood, in nats.</summary>
    public double Loss { get; init; }

    /// <summary>Microseconds that half of the texts stay within, from raw text on one thread; null where it was not timed.</summary>
    public double? P50 { get; init; }

    /// <summary>Size on disk.</summary>
    public long Bytes { get; init; }

    /// <summary>Time of the training.</summary>
    public double Seconds { get; init; }

    /// <summary>The most memory that the process had held.</summary>
    public double PeakMegabytes { get; init; }

    /// <summary>The student's folder, below the study's.</summary>
    public string Student { get; init; } = "";

    public double? Of(DevMetric metric) => metric switch
    {
        DevMetric.Accuracy => Accuracy,
        DevMetric.MacroF1 => MacroF1,
        _ => Agreement,
    };
}

/// <summary>A training of a configuration that is wanted.</summary>
/// <param name="Configuration">What is tried.</param>
/// <param name="Seed">Seed of the student.</param>
/// <param name="Rung">Of halving, from 0; else 0.</param>
/// <param name="Epochs">Its epochs; 0: those of the recipe.</param>
internal sealed record WantedTrial(Configuration Configuration, int Seed, int Rung, int Epochs);

/// <summary>A training of a configuration.</summary>
/// <param name="Number">From 1.</param>
/// <param name="Configuration">Which, by number.</param>
/// <param name="Seed">Seed of the student.</param>
/// <param name="Rung">Of halving, from 0; else 0.</param>
/// <param name="Epochs">Its epochs; 0: those of the recipe.</param>
/// <param name="State">What became of it.</param>
public sealed record Trial(long Number, int Configuration, int Seed, int Rung, int Epochs, TrialState State)
{
    /// <summary>Where it is done.</summary>
    public TrialFigures? Figures { get; init; }

    /// <summary>Why it failed.</summary>
    public string Message { get; init; } = "";
}
