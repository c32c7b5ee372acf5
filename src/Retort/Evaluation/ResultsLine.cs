namespace Retort.Evaluation;

/// <summary>One finished training run as a line of <c>docs/results/TASK.csv</c>. What was not measured is null.</summary>
public sealed record ResultsLine
{
    /// <summary>When it finished; stored in UTC, to the second.</summary>
    public required DateTimeOffset Date { get; init; }

    /// <summary>The data set: <c>sst2</c>, <c>thucnews10</c>, <c>demo</c> …</summary>
    public required string Task { get; init; }

    public required Role Role { get; init; }

    /// <summary>As made by <see cref="ResultsSettings.Format"/>: what tells this run from others of its role and task.</summary>
    public required string Settings { get; init; }

    public required int Seed { get; init; }

    /// <summary>The commit of the code, or <c>unknown</c>: see <see cref="Origin.Commit"/>.</summary>
    public required string Commit { get; init; }

    /// <summary>Texts that a student learnt from, its transfer set.</summary>
    public int? Texts { get; init; }

    public double? DevAccuracy { get; init; }

    public double? DevMacroF1 { get; init; }

    public double? TestAccuracy { get; init; }

    public double? TestMacroF1 { get; init; }

    /// <summary>On test, with the teacher.</summary>
    public double? Agreement { get; init; }

    /// <summary>Expected calibration error on test, after temperature fitting.</summary>
    public double? CalibrationError { get; init; }

    /// <summary>Size on disk.</summary>
    public long? Bytes { get; init; }

    /// <summary>Microseconds a text, from raw text on one thread.</summary>
    public double? P50 { get; init; }

    /// <inheritdoc cref="P50"/>
    public double? P95 { get; init; }

    /// <summary>On one thread.</summary>
    public double? TextsPerSecond { get; init; }

    /// <summary>Wall-clock time of the training; 0 for teachers that were brought, or several together.</summary>
    public required double Seconds { get; init; }

    /// <summary>See <see cref="Origin.Cpu"/>.</summary>
    public required string Cpu { get; init; }

    /// <summary>The command line that repeats the run, from a fresh clone.</summary>
    public required string Command { get; init; }
}
