namespace Retort.Reports;

/// <summary>What a run's recipe says, as far as a report shows it.</summary>
/// <param name="Values">Keys that are not at their defaults, with their values as YAML; null: the recipe cannot be read.</param>
/// <param name="Reason">Why; empty where it can.</param>
/// <param name="Options">What the report shows.</param>
public sealed record RunSettings(IReadOnlyList<KeyValuePair<string, string>>? Values, string Reason, ReportOptions Options);
