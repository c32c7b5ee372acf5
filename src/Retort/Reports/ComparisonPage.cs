using System.Globalization;
using System.Xml.Linq;
using Retort.Evaluation;
using Retort.Reports.Pages;
using Retort.Reports.Sections;

namespace Retort.Reports;

/// <summary>Several finished runs on one page: headline figures side by side, which settings differ, learning curves over one another.</summary>
public static class ComparisonPage
{
    /// <summary>The page.</summary>
    /// <param name="runs">At least two, each with what its recipe says; the first one's price an hour holds for all.</param>
    public static string ToHtml(IReadOnlyList<(RunFiles Run, RunSettings Settings)> runs)
    {
        string[] names = Names(runs);
        double price = runs[0].Settings.Options.HourlyPrice;
        RunFiles[] others = [.. runs.Select(run => run.Run).Where(run => !run.HasTestOf(runs[0].Run))];
        XElement[] notices =
        [
            .. others.Length == 0 ? [] : new[] { Html.Notice("These runs were evaluated on different test sets: their figures cannot be compared one with another (--allow-different-data).") },
            .. runs.Zip(names).Where(run => run.First.Settings.Changed.Count > 0).Select(run => Html.Notice($"{run.Second} was begun anew with another {string.Join(", ", run.First.Settings.Changed)}, and has not been evaluated since: its figures and settings are those of before.")),
            .. runs.Zip(names).Where(run => run.First.Run.IsOutdated).Select(run => Html.Notice($"Students of {run.Second} were trained anew since they were evaluated: its figures are those of before.")),
        ];
        XElement?[] sections = [Figures(runs, names, price), Differences(runs, names), Curves(runs, names), Where(runs, names)];
        return HtmlPage.Render(string.Create(CultureInfo.InvariantCulture, $"{runs.Count} runs compared"), notices, [.. sections.OfType<XElement>()]);
    }

    /// <summary>Names that tell the runs apart: their folders', or where two have the same, their paths.</summary>
    private static string[] Names(IReadOnlyList<(RunFiles Run, RunSettings Settings)> runs) =>
        [.. runs.Select(run => runs.Count(other => other.Run.Name == run.Run.Name) == 1 ? run.Run.Name : run.Run.Folder)];

    private static XElement Figures(IReadOnlyList<(RunFiles Run, RunSettings Settings)> runs, string[] names, double price)
    {
        Role[] roles = [.. runs.SelectMany(run => run.Run.Report.Test.Rows).Select(row => row.Role).Distinct().Order()];
        return Html.Section("headline", "Headline figures",
            roles.Select(role => new[] { Html.Heading(role.Title()), Html.Table($"Figures of each run's {role.Title()}", ["run", "seeds", "accuracy", "macro-F1", "agreement", "size", "p50, µs", "texts/s", "$ a million texts"],
                runs.Zip(names).Select(run => (run.Second, Row: run.First.Run.Report.Test.Rows.FirstOrDefault(row => row.Role == role))).Where(run => run.Row is not null).Select(run => Row(run.Second, run.Row!, price))) }),
            Html.Faint(string.Create(CultureInfo.InvariantCulture, $"Mean ± sample standard deviation over seeds, on test. Costs assume a core at ${price} an hour that is never idle. Latencies are of different moments, perhaps of different machines: see below.")));
    }

    private static object?[] Row(string name, ComparisonRow row, double price) =>
    [
        name, Evaluation.Figures.Count(row.Seeds), Evaluation.Figures.Share(row.Accuracy), Evaluation.Figures.Share(row.MacroF1), Evaluation.Figures.Share(row.Agreement), Evaluation.Figures.Bytes(row.Bytes),
        Evaluation.Figures.Number(row.Latency?.P50), Evaluation.Figures.Number(row.Latency?.TextsPerSecond), Cost.Text(Cost.OfMillion(row.Latency, price)),
    ];

    private static XElement Differences(IReadOnlyList<(RunFiles Run, RunSettings Settings)> runs, string[] names)
    {
        (string Name, RunSettings Settings)[] known = [.. names.Zip(runs.Select(run => run.Settings)).Where(run => run.Second.Values is not null)];
        string[] keys = [.. known.SelectMany(run => run.Settings.Values!).Select(value => value.Key).Distinct().Except(RunSettings.Places).Where(key => known.Select(run => ValueOf(run.Settings, key)).Distinct().Count() > 1)];
        return Html.Section("settings", "Which settings differ",
            keys.Length == 0 ? Html.Paragraph("None.") : Html.Table("Settings that differ", ["setting", .. known.Select(run => new Column(run.Name, IsText: true))],
                keys.Order(StringComparer.Ordinal).Select(key => (object?[])[Html.Code(key), .. known.Select(run => Html.Code(ValueOf(run.Settings, key) ?? "default"))])),
            names.Zip(runs).Where(run => run.Second.Settings.Values is null).Select(run => Html.Faint($"The settings of {run.First} cannot be told: {run.Second.Settings.Reason}")));
    }

    private static string? ValueOf(RunSettings settings, string key) => settings.Values!.Where(value => value.Key == key).Select(value => value.Value).FirstOrDefault();

    private static XElement Curves(IReadOnlyList<(RunFiles Run, RunSettings Settings)> runs, string[] names)
    {
        var students = runs.Select((run, k) => (Name: names[k], Style: k, Trainings: run.Run.Trainings.Where(training => training.Role == Role.Student).ToArray())).ToArray();
        bool labelled = students.Any(run => run.Trainings.Any(training => training.Result.History.Any(look => double.IsFinite(look.Scores.Accuracy))));
        return Html.Section("learning", "Learning curves of the students", Html.Charts(
            Chart.Draw($"{(labelled ? "Accuracy" : "Agreement")} on dev", new ChartAxis("step"), new ChartAxis(labelled ? "accuracy" : "agreement"), Lines(look => labelled ? look.Scores.Accuracy : look.Scores.Agreement)),
            Chart.Draw("Loss on dev", new ChartAxis("step"), new ChartAxis("negative log-likelihood, nats"), Lines(look => look.Scores.NegativeLogLikelihood))));

        IEnumerable<ChartSeries> Lines(Func<Training.Look, double> score) => students.SelectMany(run => run.Trainings.Select(training => new ChartSeries(run.Name, run.Style,
            [.. training.Result.History.Select(look => new ChartPoint(look.Step, score(look)))])
        { IsMarked = false }));
    }

    private static XElement Where(IReadOnlyList<(RunFiles Run, RunSettings Settings)> runs, string[] names) => Html.Section("origin", "Where they come from",
        Html.Table("Origins", ["run", new("folder", IsText: true), "evaluated", new("processor", IsText: true), new("commit", IsText: true)], names.Zip(runs).Select(run => (object?[])
        [
            run.First, Html.Code(run.Second.Run.Folder), Evaluation.Figures.Moment(run.Second.Run.Manifest.Stages["evaluate"].Finished),
            run.Second.Run.Report.Facts?.Cpu ?? "not told", run.Second.Run.Report.Facts?.Commit ?? "not told",
        ])));
}
