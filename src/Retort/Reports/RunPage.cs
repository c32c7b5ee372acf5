using System.Xml.Linq;
using Retort.Evaluation;
using Retort.Reports.Pages;
using Retort.Reports.Sections;

namespace Retort.Reports;

/// <summary>The report of a finished run, <c>report/report.html</c>: one page that needs no other file.</summary>
public static class RunPage
{
    /// <summary>The page.</summary>
    /// <param name="run">The run, as its folder tells of it.</param>
    /// <param name="settings">What its recipe says.</param>
    public static string ToHtml(RunFiles run, RunSettings settings)
    {
        ModelReport[] models = [.. run.Report.Models];
        ModelReport? student = models.FirstOrDefault(model => model.Role == run.Report.HandedOver && model.Seed == run.Report.BestSeed);
        ModelReport? other = models.FirstOrDefault(model => model.Role == Role.Teacher) ?? models.FirstOrDefault(model => model.Role == Role.StudentWithoutTeacher && model.Seed == run.Report.BestSeed);
        XElement?[] sections =
        [
            Headline.Of(run.Report, settings.Options.HourlyPrice),
            LearningCurves.Of(run),
            student is null ? null : ClassSection.Of(student, other),
            FidelitySection.Of(run, settings.Options.Examples),
            student is null ? null : CalibrationSection.Of(run.Report, student),
            CascadeSection.Of(run),
            ChoiceSections.Fractions(run, withTexts: settings.Options.Examples > 0),
            ChoiceSections.Compression(run),
            TuningSection.Of(run),
            ForecastSection.Of(run),
            .. OriginSection.Of(run, settings),
        ];
        return HtmlPage.Render($"{run.Name}: what was lost and won", [.. Notices(run, settings), .. Summary.Of(run.Report)], [.. sections.OfType<XElement>()]);
    }

    private static IEnumerable<XElement> Notices(RunFiles run, RunSettings settings)
    {
        if (settings.Changed.Count > 0)
            yield return Html.Notice($"This run was begun anew with another {string.Join(", ", settings.Changed)}, and has not been evaluated since: figures and settings are those of before. 'retort run' with its recipe finishes it.");
        if (run.IsOutdated)
            yield return Html.Notice("Students of this run were trained anew since they were evaluated: the figures are those of before. 'retort evaluate' brings them up to date.");
        foreach (string text in run.Missing)
            yield return Html.Notice(text);
    }
}
