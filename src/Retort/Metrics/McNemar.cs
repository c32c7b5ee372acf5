namespace Retort.Metrics;

/// <summary>Whether two classifiers differ, from the same texts.</summary>
/// <param name="OnlyFirst">Texts that only the first has right.</param>
/// <param name="OnlySecond">Texts that only the second has right.</param>
/// <param name="PValue">
/// Two-sided: how likely a difference at least as large is where both err equally often. 1 where they never differ.
/// </param>
/// <param name="IsExact">Whether it is the exact binomial test, not the chi-square approximation.</param>
public sealed record McNemarResult(int OnlyFirst, int OnlySecond, double PValue, bool IsExact);

/// <summary>
/// McNemar's test (1947). Below 25 discordant texts the exact binomial; from there chi-square with Edwards's continuity
/// correction, (|b − c| − 1)² / (b + c).
/// </summary>
public static class McNemar
{
    private const int FewestForChiSquare = 25;

    /// <param name="firstRight">Which texts the first has right.</param>
    /// <param name="secondRight">Which of the same texts the second has right.</param>
    /// <exception cref="ArgumentException">No texts, or lists of unlike length.</exception>
    public static McNemarResult Test(IReadOnlyList<bool> firstRight, IReadOnlyList<bool> secondRight)
    {
        Require.SameCount(firstRight.Count, "answers of the first", secondRight.Count, "answers of the second");
        int onlyFirst = 0, onlySecond = 0;
        for (int i = 0; i < firstRight.Count; i++)
        {
            onlyFirst += firstRight[i] && !secondRight[i] ? 1 : 0;
            onlySecond += secondRight[i] && !firstRight[i] ? 1 : 0;
        }
        return Test(onlyFirst, onlySecond);
    }

    /// <param name="onlyFirst">Texts that only the first has right, at least 0.</param>
    /// <param name="onlySecond">Texts that only the second has right, at least 0.</param>
    /// <exception cref="ArgumentException">A count is below 0.</exception>
    public static McNemarResult Test(int onlyFirst, int onlySecond)
    {
        if (onlyFirst < 0 || onlySecond < 0)
            throw new ArgumentException($"{onlyFirst} and {onlySecond} discordant texts; a count is at least 0");
        bool exact = (long)onlyFirst + onlySecond < FewestForChiSquare;
        double p = exact ? BinomialP(onlyFirst, onlySecond) : ChiSquareP(onlyFirst, onlySecond);
        return new McNemarResult(onlyFirst, onlySecond, p, exact);
    }

    // Twice the lower tail of Binomial(n, ½). n is small here, so every coefficient is a whole number below 2²⁴.
    private static double BinomialP(int b, int c)
    {
        int n = b + c;
        double coefficient = 1, tail = 1;
        for (int k = 1; k <= Math.Min(b, c); k++)
        {
            coefficient = coefficient * (n - k + 1) / k;
            tail += coefficient;
        }
        return Math.Min(1, 2 * tail / Math.Pow(2, n));
    }

    private static double ChiSquareP(double b, double c)
    {
        double difference = Math.Max(0, Math.Abs(b - c) - 1);
        return ErrorFunction.Complement(Math.Sqrt(difference * difference / (b + c) / 2));
    }
}
