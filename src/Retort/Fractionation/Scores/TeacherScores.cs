using Retort.Data;
using Retort.Metrics;

namespace Retort.Fractionation.Scores;

/// <summary>How hard a text is by what the teacher says of it.</summary>
internal static class TeacherScores
{
    /// <param name="score">Which; one of the teacher's.</param>
    /// <param name="kind">One label a text, or several.</param>
    /// <param name="logits">(classes) The teacher's.</param>
    public static double Of(Score score, TaskKind kind, ReadOnlySpan<float> logits)
    {
        if (kind != TaskKind.MultiLabel)
            return OfOne(score, Probability.Softmax(logits));
        double[] each = new double[logits.Length];
        for (int k = 0; k < each.Length; k++)
        {
            double p = Probability.Sigmoid(logits[k]);
            each[k] = OfOne(score, [p, 1 - p]);
        }
        return score == Score.Entropy ? each.Sum() : each.Max();
    }

    private static double OfOne(Score score, double[] p)
    {
        if (score == Score.Entropy)
            return -p.Sum(value => value > 0 ? value * Math.Log(value) : 0);
        double first = 0, second = 0;
        foreach (double value in p)
            (first, second) = value > first ? (value, first) : (first, Math.Max(second, value));
        return score switch
        {
            Score.Margin => 1 - first + second,
            Score.LeastConfidence => 1 - first,
            _ => throw new ArgumentOutOfRangeException(nameof(score), score, "expected a score of the teacher"),
        };
    }
}
