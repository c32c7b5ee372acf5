using System.Globalization;
using System.Xml.Linq;
using Retort.Evaluation;
using Retort.Metrics;
using Retort.Reports.Pages;

namespace Retort.Reports.Sections;

/// <summary>Whether the models are as sure as they should be.</summary>
internal static class CalibrationSection
{
    public static XElement? Of(RunReport report, ModelReport student)
    {
        if (student.Test.CalibrationError is null)
            return null;
        ModelReport? teacher = report.Models.FirstOrDefault(model => model.Role == Role.Teacher);
        return Html.Section("calibration", "Calibration",
            Html.Charts(new[] { student, teacher }.OfType<ModelReport>().Select(Diagram)),
            student.Test is { Reliability: not null, UncalibratedReliability: null } ? Html.Faint("What stood before the temperature was not kept by the version that evaluated this run.") : null,
            Html.Table("Calibration", ["on test", "temperature", "ECE at temperature 1", "ECE at the fitted temperature"], report.Models.GroupBy(model => model.Role).OrderBy(role => role.Key).Select(role => (object?[])
            [
                role.Key.Title(), Figures.Number(role.Average(model => model.Test.Temperature)), Over(role, result => result.CalibrationError), Over(role, result => result.CalibratedError),
            ])),
            Html.Faint("Expected calibration error: the mean distance of confidence and accuracy over 15 bins, weighted by their texts. The temperature is fitted on dev and stored in the student. In the diagrams, what lies below the dashed line is too sure."));
    }

    private static XElement? Diagram(ModelReport model) => Chart.Draw($"Reliability of the {model.Role.Title()}{(model.Role == Role.Teacher ? "" : $", seed {model.Seed}")}",
        new ChartAxis("confidence") { Low = 0, High = 1 }, new ChartAxis("accuracy") { Low = 0, High = 1 },
        [Line("at temperature 1", 1, model.Test.UncalibratedReliability), Line("at the fitted temperature", 0, model.Test.Reliability)], diagonal: true);

    private static ChartSeries Line(string name, int style, IReadOnlyList<ReliabilityBin>? bins) => new(name, style,
        [.. (bins ?? []).Where(bin => bin.Count > 0).Select(bin => new ChartPoint(bin.Confidence, bin.Accuracy,
            string.Create(CultureInfo.InvariantCulture, $"{bin.Count:#,0} texts: confidence {bin.Confidence:0.000}, accuracy {bin.Accuracy:0.000}")))]);

    private static string Over(IEnumerable<ModelReport> models, Func<EvaluationResult, double?> figure) => Figures.Share(Figures.SpreadOf(models.Select(model => figure(model.Test))));
}
