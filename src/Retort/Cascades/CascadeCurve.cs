using Retort.Metrics;

namespace Retort.Cascades;

/// <summary>What a cascade comes to on dev or test at one threshold.</summary>
/// <param name="Deferred">Texts that the teacher answers, as a share.</param>
/// <param name="Accuracy">Of student and teacher together.</param>
/// <param name="OnlyTeacher">Texts that the teacher alone has right, and the cascade has not: b.</param>
/// <param name="OnlyCascade">Texts that the cascade has right, and the teacher has not: c.</param>
/// <param name="UpperLimit">Upper confidence limit of the accuracy lost against the teacher, in points.</param>
public sealed record CascadeScore(double Deferred, double Accuracy, int OnlyTeacher, int OnlyCascade, double UpperLimit);

/// <summary>A threshold, and what it comes to.</summary>
/// <param name="Threshold">The student answers where its likeliest class is at least this probable.</param>
/// <param name="Dev">On dev, where it is chosen.</param>
/// <param name="Test">On test.</param>
public sealed record CascadePoint(double Threshold, CascadeScore Dev, CascadeScore Test);

/// <summary>What cascades come to, threshold by threshold, and which of them to take.</summary>
public static class CascadeCurve
{
    /// <summary>The threshold that the student never reaches.</summary>
    public const double Never = 2;

    /// <summary>Thresholds that are tried, at most.</summary>
    public const int MostThresholds = 200;

    /// <summary>
    /// Thresholds that fall, from <see cref="Never"/> to 0, where the student answers always; between them quantiles of the student's confidence. They depend on
    /// no label: which of them are tried says nothing of what they will come to.
    /// </summary>
    /// <param name="confidence">The student's on dev, at least one.</param>
    public static double[] Thresholds(IReadOnlyList<double> confidence)
    {
        double[] falling = [.. confidence.OrderDescending()];
        int steps = Math.Min(MostThresholds, falling.Length);
        return [Never, .. Enumerable.Range(1, steps - 1).Select(step => falling[(int)((long)falling.Length * step / steps) - 1]).Distinct(), 0];
    }

    /// <summary>Scores a cascade.</summary>
    /// <param name="part">What both say.</param>
    /// <param name="threshold">From which confidence the student answers.</param>
    /// <param name="confidence">Of the limit.</param>
    public static CascadeScore Score(PartAnswers part, double threshold, double confidence)
    {
        int deferred = 0, right = 0, onlyTeacher = 0, onlyCascade = 0;
        for (int k = 0; k < part.Count; k++)
        {
            bool defers = part.Confidence[k] < threshold, isRight = defers ? part.TeacherRight[k] : part.StudentRight[k];
            deferred += defers ? 1 : 0;
            right += isRight ? 1 : 0;
            onlyTeacher += part.TeacherRight[k] && !isRight ? 1 : 0;
            onlyCascade += isRight && !part.TeacherRight[k] ? 1 : 0;
        }
        double n = part.Count;
        // Where the teacher answers all, nothing can be lost, on whatever texts.
        double limit = threshold > 1 ? 0 : 100 * PairedDifference.UpperLimit(onlyTeacher, onlyCascade, part.Count, confidence);
        return new CascadeScore(deferred / n, right / n, onlyTeacher, onlyCascade, limit);
    }

    /// <summary>All thresholds, from the highest, scored on both parts.</summary>
    public static IReadOnlyList<CascadePoint> Of(PartAnswers dev, PartAnswers test, double confidence) =>
        [.. Thresholds(dev.Confidence).Select(threshold => new CascadePoint(threshold, Score(dev, threshold, confidence), Score(test, threshold, confidence)))];

    /// <summary>
    /// The point with the fewest texts deferred that loses no more than asked for. Points are tested one after the other from where the teacher answers
    /// all, and the first that fails ends it: so many tests in a fixed order err no more often than one (Angelopoulos et al. 2021, arXiv:2110.01052).
    /// </summary>
    /// <param name="curve">From the highest threshold; at least one point. What stands behind the first that fails is not looked at.</param>
    /// <param name="epsilon">In points of accuracy.</param>
    public static CascadePoint Choose(IEnumerable<CascadePoint> curve, double epsilon) => curve.TakeWhile((point, k) => k == 0 || point.Dev.UpperLimit <= epsilon).Last();

    /// <summary>The point with the fewest texts deferred that was no worse than the teacher on dev: a guess that promises nothing.</summary>
    /// <param name="curve">From the highest threshold; at least one point.</param>
    public static CascadePoint PointEstimate(IReadOnlyList<CascadePoint> curve) => curve.Last(point => point.Dev.Accuracy >= curve[0].Dev.Accuracy);

    /// <summary>The least loss, in points, that would have to be allowed for the student to answer a share of dev.</summary>
    /// <param name="curve">From the highest threshold; its last point defers nothing.</param>
    /// <param name="answered">The share.</param>
    public static double EpsilonFor(IReadOnlyList<CascadePoint> curve, double answered)
    {
        double needed = 0;
        foreach (CascadePoint point in curve)
        {
            needed = Math.Max(needed, point.Dev.UpperLimit);
            if (1 - point.Dev.Deferred >= answered)
                break;
        }
        return needed;
    }
}
