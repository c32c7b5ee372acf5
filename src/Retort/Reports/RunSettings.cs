namespace Retort.Reports;

/// <summary>What a run's recipe said when it was evaluated, as far as a report shows it.</summary>
/// <param name="Values">Keys that are not at their defaults, with their values as YAML; null: the recipe cannot be read.</param>
/// <param name="Reason">Why; empty where it can.</param>
/// <param name="Options">What the report shows.</param>
public sealed record RunSettings(IReadOnlyList<KeyValuePair<string, string>>? Values, string Reason, ReportOptions Options)
{
    /// <summary>Keys that tell where a run stands, and nothing of how it was made.</summary>
    internal static IReadOnlyList<string> Places { get; } = ["name", "runs", "results", "signals.cache"];

    /// <summary>The file; empty where it is not known.</summary>
    public string Recipe { get; init; } = "";

    /// <summary>Keys that the run has otherwise since: it was begun anew, and is not evaluated yet.</summary>
    public IReadOnlyList<string> Changed { get; init; } = [];
}
