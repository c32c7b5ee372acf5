using Retort.Metrics;

namespace Retort.Tuning;

/// <summary>What one thing is worth over another, each a mean over seeds.</summary>
/// <param name="Difference">The mean with it less the mean without.</param>
/// <param name="StandardError">Of the difference of two means (Welch): √(s₁²/n₁ + s₂²/n₂); null where one has a single seed, and so no spread.</param>
public sealed record Gain(double Difference, double? StandardError)
{
    /// <summary>Whether it is more than chance between seeds would give: above its standard error, or, with a single seed, above 0.</summary>
    public bool Pays => Difference > (StandardError ?? 0);

    public static Gain Of(Spread without, Spread with) => new(with.Mean - without.Mean,
        without.Deviation is { } one && with.Deviation is { } other ? Math.Sqrt(one * one / without.Count + other * other / with.Count) : null);
}
