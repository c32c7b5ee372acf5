namespace Retort.Metrics;

/// <summary>The standard normal distribution.</summary>
internal static class NormalDistribution
{
    private const int Halvings = 60;

    /// <summary>The value that a share of the distribution lies below: 1.645 of 0.95.</summary>
    /// <param name="share">From 0.5 to below 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">It is another share.</exception>
    public static double Quantile(double share)
    {
        if (share is not (>= 0.5 and < 1))
            throw new ArgumentOutOfRangeException(nameof(share), share, "expected a share from 0.5 to below 1");
        // P(Z > z) = erfc(z / √2) / 2 falls as z grows; beyond 9 it is less than a share below 1 can leave.
        double low = 0, high = 9;
        for (int k = 0; k < Halvings; k++)
        {
            double middle = (low + high) / 2;
            (low, high) = ErrorFunction.Complement(middle / Math.Sqrt(2)) / 2 > 1 - share ? (middle, high) : (low, middle);
        }
        return (low + high) / 2;
    }
}
