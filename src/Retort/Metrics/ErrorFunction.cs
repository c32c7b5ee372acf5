namespace Retort.Metrics;

/// <summary>The complementary error function; with one degree of freedom, P(χ² ≥ x) = erfc(√(x/2)).</summary>
internal static class ErrorFunction
{
    private const double SeriesUpTo = 2;
    private const int Fractions = 200;

    /// <summary>erfc(x) for x ≥ 0, to a relative error of about 1e-13.</summary>
    public static double Complement(double x) => x < SeriesUpTo ? 1 - Series(x) : Fraction(x);

    // erf(x) = 2/√π · e^(−x²) · Σ 2ⁿ x^(2n+1) / (1·3·…·(2n+1)): all terms positive, so none cancel (DLMF 7.6.2).
    private static double Series(double x)
    {
        double term = x, sum = x;
        for (int n = 1; term > sum * 1e-17; n++)
        {
            term *= 2 * x * x / (2 * n + 1);
            sum += term;
        }
        return 2 / Math.Sqrt(Math.PI) * Math.Exp(-x * x) * sum;
    }

    // √π · e^(x²) · erfc(x) = 1/(x + (1/2)/(x + 1/(x + (3/2)/(x + …)))), from the inside out (DLMF 7.9.1).
    private static double Fraction(double x)
    {
        double tail = x;
        for (int k = Fractions; k > 0; k--)
            tail = x + k / 2.0 / tail;
        return Math.Exp(-x * x) / Math.Sqrt(Math.PI) / tail;
    }
}
