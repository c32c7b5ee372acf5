using System.Globalization;
using Retort.Evaluation;

namespace Retort.Cascades;

/// <summary>A cascade for people: tables, and what is to be said beside them.</summary>
public static class CascadeText
{
    /// <summary>For a terminal.</summary>
    public static string Of(CascadeReport report) => string.Join('\n', [Compared(report).ToText(), Losses(report).ToText(), .. Notes(report).Select(note => note + "\n")]).TrimEnd() + "\n";

    /// <summary>The models alone beside the cascades.</summary>
    public static TextTable Compared(CascadeReport report) => new(
        ["", "student answers, dev", "test", "accuracy, dev", "test", "time of the teacher's, test"],
        [
            ["teacher alone", Percent(0), Percent(0), Figures.Share(report.Teacher.Dev), Figures.Share(report.Teacher.Test), report.Cost is null ? Figures.None : Percent(1)],
            Row(Promise(report, report.Epsilon), report, report.Chosen),
            Row("no worse on dev, no promise", report, report.PointEstimate),
            ["student alone", Percent(1), Percent(1), Figures.Share(report.Student.Dev), Figures.Share(report.Student.Test), Time(report, 0)],
        ]);

    /// <summary>What other losses would allow.</summary>
    public static TextTable Losses(CascadeReport report) => new(
        ["loss of at most, points", "threshold", "student answers, dev", "test", "lost on test, points", "time of the teacher's, test"],
        [
            .. report.Epsilons.Select(choice => (string[])
            [
                Number(choice.Epsilon), choice.Point.Threshold > 1 ? Figures.None : Figures.Share(choice.Point.Threshold), Percent(1 - choice.Point.Dev.Deferred), Percent(1 - choice.Point.Test.Deferred),
                (100 * (report.Teacher.Test - choice.Point.Test.Accuracy)).ToString("0.00", CultureInfo.InvariantCulture), Time(report, choice.Point.Test.Deferred),
            ]),
        ]);

    /// <summary>Sentences.</summary>
    public static IEnumerable<string> Notes(CascadeReport report)
    {
        string confidence = Percent(report.Confidence);
        if (!report.IsSupported)
        {
            yield return string.Create(CultureInfo.InvariantCulture,
                $"With {Figures.Count(report.DevTexts)} texts dev does not show at {confidence} that the student may answer half of the texts at a loss of {Number(report.Epsilon)} points; it does from {report.EpsilonForHalf:0.00} points on (--epsilon), or with more texts in dev.");
        }
        if (report.Rejection is { } rejection)
        {
            yield return string.Create(CultureInfo.InvariantCulture,
                $"Out of scope: below a probability of {rejection.Threshold:0.0000}, {Percent(rejection.Found)} of {Figures.Count(rejection.Texts)} texts that belong to no class are rejected, and {Percent(rejection.Dev)} of dev, {Percent(rejection.Test)} of test; area under the curve {rejection.AreaUnderCurve:0.0000}.");
        }
        if (report.Conformal is { } conformal)
        {
            yield return string.Create(CultureInfo.InvariantCulture,
                $"Sets of classes of a probability of {conformal.Threshold:0.0000} and more: on test {Percent(conformal.Test)} hold the true class ({Percent(conformal.Coverage)} were asked for), with {conformal.MeanSize:0.00} classes on average.");
        }
        if (report.NotServed is { } reason)
            yield return $"Nothing can be served, and no cascade.json is written: {reason}. The curve tells what a cascade with this teacher would come to.";
    }

    /// <summary>What a choice promises, in a few words.</summary>
    public static string Promise(CascadeReport report, double epsilon) => $"loss of at most {Number(epsilon)} at {Percent(report.Confidence)}";

    /// <summary>A share in percent.</summary>
    public static string Percent(double share) => (100 * share).ToString("0.##", CultureInfo.InvariantCulture) + " %";

    private static string[] Row(string name, CascadeReport report, CascadePoint point) =>
    [
        name, Percent(1 - point.Dev.Deferred), Percent(1 - point.Test.Deferred), Figures.Share(point.Dev.Accuracy), Figures.Share(point.Test.Accuracy), Time(report, point.Test.Deferred),
    ];

    private static string Time(CascadeReport report, double deferred) => report.Cost is { } cost ? Percent(cost.OfTeacher(deferred)) : Figures.None;

    private static string Number(double value) => value.ToString("0.####", CultureInfo.InvariantCulture);
}
