namespace Retort.Metrics;

/// <summary>
/// How far the accuracies of two classifiers may be apart, from the same texts: the score interval of a difference of paired proportions
/// (Tango 1998, Statistics in Medicine 17:891). Where the true difference is D, the share of texts that only the second has right is most
/// likely q, the larger root of 2n q² + ((2n − b + c) D − b − c) q − c D (1 − D) = 0; the interval holds each D from which
/// (b − c − nD) / √(n (2q + D (1 − D))) is not farther than a normal variable would be.
/// </summary>
public static class PairedDifference
{
    private const int Halvings = 60;

    /// <summary>The one-sided upper confidence limit of the first's accuracy less the second's, a share from −1 to 1.</summary>
    /// <param name="onlyFirst">Texts that only the first has right: b.</param>
    /// <param name="onlySecond">Texts that only the second has right: c.</param>
    /// <param name="texts">All texts, at least one: n.</param>
    /// <param name="confidence">How often such a limit is to be right, from 0.5 to below 1.</param>
    /// <exception cref="ArgumentException">The counts cannot be, or the confidence is out of its range.</exception>
    public static double UpperLimit(int onlyFirst, int onlySecond, int texts, double confidence)
    {
        if (onlyFirst < 0 || onlySecond < 0 || texts < 1 || (long)onlyFirst + onlySecond > texts)
            throw new ArgumentException($"{onlyFirst} and {onlySecond} discordant of {texts} texts; expected counts of at least 0 that are no more than the texts together, and a text");
        double farthest = -NormalDistribution.Quantile(confidence);
        // The statistic falls as D grows, from 0 at the difference that was found.
        double low = (onlyFirst - onlySecond) / (double)texts, high = 1;
        for (int k = 0; k < Halvings; k++)
        {
            double middle = (low + high) / 2;
            (low, high) = Score(onlyFirst, onlySecond, texts, middle) > farthest ? (middle, high) : (low, middle);
        }
        return (low + high) / 2;
    }

    private static double Score(double b, double c, double n, double difference)
    {
        double linear = (2 * n - b + c) * difference - b - c, constant = -c * difference * (1 - difference);
        double q = (Math.Sqrt(Math.Max(0, linear * linear - 8 * n * constant)) - linear) / (4 * n);
        return (b - c - n * difference) / Math.Sqrt(n * (2 * q + difference * (1 - difference)));
    }
}
