using Retort.Data;

namespace Retort.Metrics;

/// <summary>
/// The one temperature that makes probabilities most likely on dev (Guo et al. 2017, arXiv:1706.04599). With β = 1/T
/// the negative log-likelihood is convex, so its slope has one root: it is bisected, from T = 20 to T = 1/20. Logits
/// that say nothing (all equal) give 1.
/// </summary>
/// <remarks>
/// Where every dev text is right, likelihood grows without end as T falls to 0. Then the targets are those of the rule
/// of succession, (n+1)/(n+2) for the label and the rest for the others, as in Platt 1999: as sure as n right answers
/// out of n allow.
/// </remarks>
public static class TemperatureFit
{
    private const double Limit = 20;
    private const int Halvings = 60;

    /// <summary>The temperature for a labelled corpus, dev as a rule.</summary>
    public static double Fit(Corpus dev, LogitTable logits) => dev.Kind == TaskKind.MultiLabel
        ? Fit(logits, dev.TargetRows())
        : Fit(logits, dev.ClassIndices());

    /// <summary>The temperature for a task with one class a text, from 1/20 to 20.</summary>
    /// <exception cref="ArgumentException">No rows, lists of unlike length, or a label out of range.</exception>
    public static double Fit(LogitTable logits, IReadOnlyList<int> labels)
    {
        bool perfect = SingleLabel.Right(logits, labels).All(right => right);
        double doubt = perfect ? 1.0 / (labels.Count + 2) : 0;
        double[] row = new double[logits.Classes];
        return Root(beta =>
        {
            double slope = 0;
            for (int i = 0; i < labels.Count; i++)
            {
                ReadOnlySpan<float> z = logits.Row(i);
                Probability.LogSoftmax(z, 1 / beta, row);
                for (int k = 0; k < row.Length; k++)
                {
                    double target = k == labels[i] ? 1 - doubt : doubt / (row.Length - 1);
                    slope += (Math.Exp(row[k]) - target) * z[k];
                }
            }
            return slope;
        });
    }

    /// <summary>The temperature for a task with any number of classes a text, from 1/20 to 20.</summary>
    /// <param name="logits">(texts, classes).</param>
    /// <param name="targets">(texts)(classes), 0 to 1.</param>
    /// <exception cref="ArgumentException">No rows, or rows of unlike count or length.</exception>
    public static double Fit(LogitTable logits, IReadOnlyList<float[]> targets)
    {
        bool perfect = MultiLabel.Right(logits, targets).All(right => right);
        double doubt = perfect ? 1.0 / ((double)logits.Values.Length + 2) : 0;
        return Root(beta =>
        {
            double slope = 0;
            for (int i = 0; i < targets.Count; i++)
            {
                ReadOnlySpan<float> z = logits.Row(i);
                for (int k = 0; k < z.Length; k++)
                    slope += (Probability.Sigmoid(beta * z[k]) - Math.Clamp(targets[i][k], doubt, 1 - doubt)) * z[k];
            }
            return slope;
        });
    }

    // The slope never falls as β grows. Bisecting log β spends the same effort on T = 0.1 and T = 10.
    private static double Root(Func<double, double> slope)
    {
        if (slope(1) == 0)
            return 1;
        if (slope(1 / Limit) >= 0)
            return Limit;
        if (slope(Limit) <= 0)
            return 1 / Limit;
        double low = -Math.Log(Limit), high = Math.Log(Limit);
        for (int k = 0; k < Halvings; k++)
        {
            double middle = (low + high) / 2;
            (low, high) = slope(Math.Exp(middle)) < 0 ? (middle, high) : (low, middle);
        }
        return Math.Exp(-(low + high) / 2);
    }
}
