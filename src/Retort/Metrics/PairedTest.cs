namespace Retort.Metrics;

/// <summary>Student's t-test of differences between pairs, such as of two ways to train with the same seeds.</summary>
public static class PairedTest
{
    /// <summary>
    /// How likely differences as far from 0 as these are where their true mean is 0, two-sided; null for fewer than two, or where all are the same.
    /// </summary>
    public static double? PValue(IReadOnlyList<double> differences)
    {
        if (differences.Count < 2)
            return null;
        Spread spread = Spread.Of(differences);
        return spread.Deviation > 0 ? TwoSided(spread.Mean / (spread.Deviation.Value / Math.Sqrt(spread.Count)), spread.Count - 1) : null;
    }

    /// <summary>The probability of a t at least as far from 0 (Abramowitz and Stegun 1964, 26.7.3 and 26.7.4).</summary>
    /// <param name="t">The statistic.</param>
    /// <param name="degrees">Degrees of freedom, at least 1.</param>
    internal static double TwoSided(double t, int degrees)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(degrees, 1);
        double angle = Math.Atan(Math.Abs(t) / Math.Sqrt(degrees)), square = Math.Cos(angle) * Math.Cos(angle);
        bool isOdd = degrees % 2 == 1;
        // 1 + 1/2 cos² + 1·3/(2·4) cos⁴ + … for even degrees, cos + 2/3 cos³ + … for odd ones.
        double term = isOdd ? Math.Cos(angle) : 1, sum = 0;
        for (int k = isOdd ? 2 : 1; k < degrees; k += 2)
        {
            sum += term;
            term *= square * k / (k + 1);
        }
        double within = Math.Sin(angle) * sum;
        return 1 - (isOdd ? 2 / Math.PI * (angle + within) : within);
    }
}
