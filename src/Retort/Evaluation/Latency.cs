namespace Retort.Evaluation;

/// <summary>How long a classifier takes, one text after another on one thread.</summary>
/// <param name="P50">Microseconds that half of the texts stay within.</param>
/// <param name="P95">Microseconds that 95 of 100 texts stay within.</param>
/// <param name="TextsPerSecond">Texts over the time of all calls.</param>
/// <param name="Calls">Calls that were timed.</param>
public sealed record Latency(double P50, double P95, double TextsPerSecond, int Calls);
