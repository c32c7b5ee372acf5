using System.Globalization;
using System.Xml.Linq;
using Retort.Evaluation;
using Retort.Reports.Pages;

namespace Retort.Reports.Sections;

/// <summary>What <c>retort assess</c> expected beside what happened.</summary>
internal static class ForecastSection
{
    /// <summary>Null where nothing was forecast.</summary>
    public static XElement? Of(RunFiles run)
    {
        if (run.Forecast is not { } forecast)
            return null;
        ComparisonRow? student = Row(run, Role.Student), teacher = Row(run, Role.Teacher);
        object?[][] rows =
        [
            .. Line("student's size on disk, MB", forecast.StudentBytes / 1e6, student?.Bytes / 1e6),
            .. Line("student's p50, µs", forecast.StudentP50, student?.Latency?.P50),
            .. Line("student's texts/s", forecast.StudentTextsPerSecond, student?.Latency?.TextsPerSecond),
            .. Line("teacher's texts/s", forecast.TeacherTextsPerSecond, teacher?.Latency?.TextsPerSecond),
            .. Line("seconds of teach", forecast.TeachSeconds, Seconds(run, "teach")),
            .. Line("seconds of label", forecast.LabelSeconds, run.Manifest.Stages.GetValueOrDefault("label")?.Seconds),
            .. Line("seconds of all students", forecast.DistillSeconds, Seconds(run, "students/")),
            .. Line("accuracy of the linear model", forecast.LinearAccuracy, Row(run, Role.Linear)?.Accuracy?.Mean),
        ];
        return rows.Length == 0 ? null : Html.Section("forecast", "Forecast and outcome", Html.Table("Forecasts and what happened", ["", "predicted", "measured", "measured / predicted"], rows),
            Html.Faint($"Predicted by 'retort assess'{When(run, forecast)}. A stage that found its work done, in a cache or from a run before, took less than it would have."
                + (forecast.Advised.Length == 0 ? "" : $" The forecast is of the recipe that was advised, with {forecast.Advised}: where the run is of another, it differs for that reason, too.")));
    }

    private static string When(RunFiles run, Forecast forecast)
    {
        if (forecast.Made is not { } made)
            return "";
        DateTimeOffset[] finished = [.. run.Trainings.Select(training => run.Manifest.Stages[training.Stage].Finished)];
        return finished.All(end => made < end) ? " before anything was trained" : $" at {Figures.Moment(made)} UTC, when trainings of this run had finished: of those it foretells nothing";
    }

    private static IEnumerable<object?[]> Line(string name, double? predicted, double? measured) => predicted is null ? [] :
        [[name, Figures.Number(predicted), Figures.Number(measured), measured / predicted is { } ratio ? string.Create(CultureInfo.InvariantCulture, $"{ratio:0.00}") : Figures.None]];

    private static ComparisonRow? Row(RunFiles run, Role role) => run.Report.Test.Rows.FirstOrDefault(row => row.Role == role);

    private static double? Seconds(RunFiles run, string stage)
    {
        NamedTraining[] trainings = [.. run.Trainings.Where(training => training.Stage.StartsWith(stage, StringComparison.Ordinal))];
        return trainings.Length == 0 ? null : trainings.Sum(training => training.Result.Elapsed.TotalSeconds);
    }
}
