using System.Globalization;
using System.Xml.Linq;
using Retort.Cascades;
using Retort.Evaluation;
using Retort.Reports.Pages;

namespace Retort.Reports.Sections;

/// <summary>What a cascade of student and teacher comes to, threshold by threshold.</summary>
internal static class CascadeSection
{
    /// <summary>Null where none was made.</summary>
    public static XElement? Of(RunFiles run) => run.Cascade is not { } cascade ? null : Html.Section("cascade", "Cascade",
        Html.Charts(Curve(cascade)),
        Html.Table("Models alone, and cascades of both", CascadeText.Compared(cascade)),
        CascadeText.Notes(cascade).Select(note => Html.Paragraph(note)),
        Html.Details("Other losses", Html.Table("What other losses allow", CascadeText.Losses(cascade))),
        Html.Faint($"The student answers where it is sure enough, and the teacher else. The threshold is chosen on dev, so that the {CascadeText.Promise(cascade, cascade.Epsilon)} holds for texts that are drawn as dev was; test was scored once, at thresholds that were chosen on dev."));

    private static XElement? Curve(CascadeReport cascade) => Chart.Draw("Accuracy over the share that the teacher answers", new ChartAxis("share of the texts that the teacher answers") { Low = 0, High = 1 }, new ChartAxis("accuracy"),
    [
        Line("cascade on test", 0, cascade, point => point.Test),
        Line("cascade on dev", 1, cascade, point => point.Dev),
        Level("teacher on test", 4, cascade.Teacher.Test),
        Level("student on test", 5, cascade.Student.Test),
        new ChartSeries("chosen", 2, [Mark("dev", cascade.Chosen.Dev), Mark("test", cascade.Chosen.Test)]) { IsJoined = false },
    ]);

    private static ChartSeries Line(string name, int style, CascadeReport cascade, Func<CascadePoint, CascadeScore> part) => new(name, style,
        [.. cascade.Curve.Select(part).Select(score => new ChartPoint(score.Deferred, score.Accuracy))])
    { IsMarked = false };

    private static ChartSeries Level(string name, int style, double accuracy) => new(name, style, [new ChartPoint(0, accuracy), new ChartPoint(1, accuracy)]) { IsMarked = false };

    private static ChartPoint Mark(string part, CascadeScore score) => new(score.Deferred, score.Accuracy,
        string.Create(CultureInfo.InvariantCulture, $"{part}: the student answers {CascadeText.Percent(1 - score.Deferred)}, accuracy {Figures.Share(score.Accuracy)}"));
}
