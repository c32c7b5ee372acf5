using Retort.Evaluation;

namespace Retort.Assessment;

/// <summary>What is known of one of the models that could do the work.</summary>
/// <param name="Accuracy">On dev; null where it cannot be told.</param>
/// <param name="CalibrationError">On dev, at temperature 1.</param>
/// <param name="Latency">From raw text on one thread, measured here; null where it is no model at hand.</param>
/// <param name="Bytes">On disk.</param>
public sealed record ModelFacts(double? Accuracy, double? CalibrationError, Latency? Latency, long? Bytes)
{
    /// <summary>The stated needs that it is known to miss, in words; accuracy left out.</summary>
    public IEnumerable<string> Misses(AssessmentNeeds needs)
    {
        if (needs.BudgetMilliseconds is { } budget && Latency is { } slow && slow.P95 > 1000 * budget)
            yield return FormattableString.Invariant($"p95 is {slow.P95 / 1000:0.###} ms, more than {budget}");
        if (needs.TextsPerSecond is { } rate && Latency is { } few && few.TextsPerSecond < rate)
            yield return FormattableString.Invariant($"{few.TextsPerSecond:#,0} texts a second on one thread, fewer than {rate:#,0.###}");
        if (needs.BudgetMegabytes is { } size && Bytes is { } bytes && bytes > 1e6 * size)
            yield return FormattableString.Invariant($"{bytes / 1e6:0.0} MB, more than {size}");
    }

    /// <summary>Whether every stated need of time and size is known to be met.</summary>
    public bool Fits(AssessmentNeeds needs) => !Misses(needs).Any()
        && ((needs.BudgetMilliseconds ?? needs.TextsPerSecond) is null || Latency is not null) && (needs.BudgetMegabytes is null || Bytes is not null);
}
