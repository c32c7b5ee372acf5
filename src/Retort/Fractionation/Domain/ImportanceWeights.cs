using Retort.Runs;

namespace Retort.Fractionation.Domain;

/// <summary>
/// Turns log-odds of target over source into weights of the source texts, so that a weighted mean over the source estimates
/// the mean over the target. They are normalized by themselves and truncated, which trades a little bias for a bound on what
/// one text can do (Ionides 2008, "Truncated importance sampling").
/// </summary>
internal static class ImportanceWeights
{
    /// <summary>
    /// (texts) Proportional to e^log-odds up to the cap; their mean is 1, and none is above the cap: the factor is found such
    /// that both hold after the truncation. Costs a sort.
    /// </summary>
    /// <param name="logOdds">(texts) In nats, finite: of <see cref="DensityRatio"/>. All rows of the source, chosen or not.</param>
    /// <param name="cap">The largest weight, at least 1; at 1 all weights are 1.</param>
    /// <exception cref="RetortException">A log-odds is not finite.</exception>
    public static double[] Of(ReadOnlySpan<double> logOdds, double cap)
    {
        if (!(cap >= 1) || !double.IsFinite(cap))
            throw new ArgumentOutOfRangeException(nameof(cap), cap, "the largest weight must be finite and at least 1, the mean");
        for (int k = 0; k < logOdds.Length; k++)
        {
            if (!double.IsFinite(logOdds[k]))
                throw new RetortException($"the log-odds of text {k} are {logOdds[k]}: expected a finite number");
        }
        double factor = LogFactor(logOdds, cap);
        double[] weights = new double[logOdds.Length];
        for (int k = 0; k < weights.Length; k++)
            weights[k] = logOdds[k] + factor >= Math.Log(cap) ? cap : Math.Exp(logOdds[k] + factor);
        return weights;
    }

    /// <summary>With the largest k at the cap, the rest share what is left of n; the least k for which none of them passes it.</summary>
    private static double LogFactor(ReadOnlySpan<double> logOdds, double cap)
    {
        double[] falling = logOdds.ToArray();
        falling.AsSpan().Sort((a, b) => b.CompareTo(a));
        double[] rest = new double[falling.Length + 1]; // ln of the sum of e^falling from here on
        rest[^1] = double.NegativeInfinity;
        for (int k = falling.Length - 1; k >= 0; k--)
            rest[k] = falling[k] + Math.Log(1 + Math.Exp(rest[k + 1] - falling[k]));
        int capped = 0;
        while (capped < falling.Length - 1 && Factor(capped) + falling[capped] > Math.Log(cap))
            capped++;
        return falling.Length == 0 ? 0 : Factor(capped);

        double Factor(int k) => Math.Log(falling.Length - k * cap) - rest[k];
    }
}
