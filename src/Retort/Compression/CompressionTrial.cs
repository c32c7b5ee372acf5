using System.Globalization;
using System.Text.Json.Serialization;
using Retort.Evaluation;

namespace Retort.Compression;

/// <summary>A student that was tried on the way to a smaller one.</summary>
/// <param name="Step">What was done to it: <c>ngrams</c>, <c>filters</c> …</param>
/// <param name="Detail">How far.</param>
/// <param name="Bytes">Of its folder.</param>
/// <param name="DevAccuracy">On dev.</param>
/// <param name="Agreement">Share of the unlabelled texts that it decides as the uncompressed student does.</param>
/// <param name="Speedup">Texts a second, as a multiple of the uncompressed student's, both timed in turn.</param>
/// <param name="Refusal">The gate that it does not pass; empty: none.</param>
public sealed record CompressionTrial(string Step, string Detail, long Bytes, double DevAccuracy, double Agreement, double Speedup, string Refusal)
{
    /// <summary>Whether it was built on, or handed over.</summary>
    public bool IsTaken { get; init; }

    /// <summary>Whether it is refused for its speed alone, which no training changes.</summary>
    public bool IsSlow { get; init; }

    /// <summary>Microseconds that a text of dev takes on one thread, from raw text; 0 in a result of an older version.</summary>
    public double Microseconds { get; init; }

    /// <summary>Resident memory that its tables ask for when all are folded, in bytes.</summary>
    public long TableBytes { get; init; }
}

/// <summary>What compression came to.</summary>
/// <param name="Trials">The uncompressed student, then every student that was tried, in order; the last one taken is what was kept.</param>
public sealed record CompressionResult(IReadOnlyList<CompressionTrial> Trials)
{
    /// <summary>The uncompressed student.</summary>
    public CompressionTrial Original => Trials[0];

    /// <summary>What was kept.</summary>
    public CompressionTrial Kept => Trials.Last(trial => trial.IsTaken);

    /// <summary>How many texts agreement was counted on; 0 in a result of an older version.</summary>
    public int AgreementTexts { get; init; }

    /// <summary>Whether nothing that was tried passed the gates, and the student stayed as it was.</summary>
    [JsonIgnore]
    public bool IsUnchanged => Kept == Original;

    /// <summary>Whether no smaller or equally small trial has more accuracy on dev, and none as much in fewer bytes: whether it is on the Pareto front.</summary>
    public bool IsOnFront(CompressionTrial trial) => !Trials.Any(other => other.Bytes <= trial.Bytes && other.DevAccuracy >= trial.DevAccuracy && (other.Bytes < trial.Bytes || other.DevAccuracy > trial.DevAccuracy));

    /// <summary>Every trial, for people; those on the Pareto front have a star.</summary>
    public TextTable ToTable() => new(["what", "size, MB", "of it", "tables, MB", "dev accuracy", AgreementTexts > 0 ? Text($"agreement on {AgreementTexts:N0}") : "agreement", "µs a text", "speed", ""],
        [.. Trials.Select(Row)]);

    private IReadOnlyList<string> Row(CompressionTrial trial) =>
    [
        (trial.Detail.Length == 0 ? trial.Step : $"{trial.Step}: {trial.Detail}") + (IsOnFront(trial) ? " *" : ""),
        Text($"{trial.Bytes / 1e6:0.00}"),
        Text($"{(double)trial.Bytes / Original.Bytes:0.0%}"),
        Text($"{trial.TableBytes / 1e6:0.0}"),
        Text($"{trial.DevAccuracy:0.0000}"),
        Text($"{trial.Agreement:0.0000}"),
        Figures.Number(trial.Microseconds > 0 ? trial.Microseconds : null),
        Text($"{trial.Speedup:0.00}×"),
        trial.IsTaken ? "taken" : trial.Refusal.Length > 0 ? $"refused: {trial.Refusal}" : "passed",
    ];

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
