using System.Globalization;
using System.Xml.Linq;
using Retort.Compression;
using Retort.Reports.Pages;

namespace Retort.Reports.Sections;

/// <summary>What was chosen on the way: the texts that a student was distilled on, and the steps of its compression.</summary>
internal static class ChoiceSections
{
    /// <summary>Null where nothing was chosen.</summary>
    /// <param name="run">The run.</param>
    /// <param name="withTexts">Whether the texts at the ends of a score may be shown.</param>
    public static XElement? Fractions(RunFiles run, bool withTexts) => run.Fractions.Count == 0 ? null : Html.Section("fractions", "What was distilled on",
        run.Report.TeacherCallsText() is { } calls ? Html.Paragraph($"{calls}.") : null,
        run.Fractions.Select(student => Html.Details(student.Key, FractionPage.Parts(student.Value, withTexts))));

    /// <summary>Null where nothing was compressed.</summary>
    public static XElement? Compression(RunFiles run) => run.Compressions.Count == 0 ? null : Html.Section("compression", "Compression",
        Html.Charts(run.Compressions.Select(student => Pareto(student.Key, student.Value))),
        Html.Faint("Each point is a student that was tried; the line joins those that were taken, each from the one before; in the table those have a star that none as small or smaller has the accuracy of (the Pareto front). Accuracy on dev is what the gates look at; speed is told where the pointer rests."),
        run.Compressions.Select(student => Html.Details($"Every trial of seed {student.Key}", Html.Table($"Trials of seed {student.Key}", student.Value.ToTable()))));

    private static XElement? Pareto(int seed, CompressionResult result) => Chart.Draw($"Seed {seed}: accuracy on dev over size", new ChartAxis("size on disk, MB") { IsLogarithmic = true }, new ChartAxis("accuracy on dev"),
    [
        Points("taken", 0, result, trial => trial.IsTaken) with { IsJoined = true },
        Points("passed", 2, result, trial => !trial.IsTaken && trial.Refusal.Length == 0),
        Points("refused by a gate", 1, result, trial => trial.Refusal.Length > 0),
    ]);

    private static ChartSeries Points(string name, int style, CompressionResult result, Func<CompressionTrial, bool> isOne) => new(name, style,
        [.. result.Trials.Where(isOne).Select(trial => new ChartPoint(trial.Bytes / 1e6, trial.DevAccuracy,
            string.Create(CultureInfo.InvariantCulture, $"{trial.Step} {trial.Detail}: {trial.Bytes / 1e6:0.00} MB, accuracy {trial.DevAccuracy:0.0000}, {trial.Speedup:0.00}× as fast {trial.Refusal}")))])
    { IsJoined = false };
}
