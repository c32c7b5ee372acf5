using System.Globalization;
using System.Xml.Linq;
using Retort.Evaluation;
using Retort.Pipeline;
using Retort.Reports;
using Retort.Reports.Pages;
using Retort.Reports.Sections;

namespace Retort.Tuning;

/// <summary>A trial with what it had at each key that varied; null: the key had no effect there.</summary>
internal sealed record PlacedTrial(Trial Trial, Configuration Configuration, double? Score, IReadOnlyList<string?> Values);

/// <summary>A study as a page of HTML that needs no other file: <c>study.html</c>.</summary>
internal static class StudyPage
{
    /// <summary>More values than these of a key are put together in as many parts.</summary>
    private const int MostCells = 8, Parts = 5;

    /// <param name="title">What was studied.</param>
    /// <param name="result">What it came to.</param>
    /// <param name="keys">What varied.</param>
    /// <param name="trials">All trials.</param>
    /// <param name="seed">The seed of the search.</param>
    public static string ToHtml(string title, StudyResult result, IReadOnlyList<string> keys, IReadOnlyList<PlacedTrial> trials, int seed)
    {
        string metric = RecipeSchema.SnakeCase(result.Metric.ToString());
        PlacedTrial[] alike = Alike(trials, seed);
        XElement[] lead =
        [
            new("p", new XAttribute("class", "lead"), result.Verdict),
            .. result.Notes.Select(note => Html.Faint(note)),
            Html.Faint(string.Create(CultureInfo.InvariantCulture, $"{result.Done:#,0} trainings ended well, {result.Failed:#,0} failed. Scores are {metric} on the {result.DevTexts:#,0} texts of dev, in the runtime; ± is the standard deviation over seeds."
                + $" A difference of one text is {1.0 / Math.Max(1, result.DevTexts):0.0000}.")),
        ];
        var sections = new List<XElement>
        {
            Html.Section("result", result.Steps.Count > 0 ? "Step by step" : "The recipe and the best beside it", Html.Table("Result", StudyText.Table(result)),
                Html.Faint(result.Steps.Count > 0 ? "A step is kept where its mean is above that of the last one kept by more than the standard error of the difference."
                    : $"* the winner, whose recipe is in {Path.GetFileName(result.BestRecipe)}. It was chosen on dev as the best of several, which flatters it there; test was scored once, for it and the recipe alone.")),
        };
        if (result.Map is { } map)
            sections.Add(Html.Section("map", $"{map.Rows} × {map.Columns}", TuningSection.Map(map)));
        if (keys.Count > 0 && alike.Length > 1)
            sections.Add(Html.Section("lines", "All that varied at once", Lines(keys, alike, metric)));
        if (result.Importance.Count > 0)
            sections.Add(Html.Section("importance", "What matters", TuningSection.Shares(result.Importance)));
        sections.Add(Html.Section("trials", "All trials", Html.Table("All trials", ["trial", new Column("configuration", IsText: true), "seed", "epochs", $"dev {metric}", "loss", "p50, µs", "size", "seconds", "memory, MB", "state"], trials.Select(Row))));
        return HtmlPage.Render(title, lead, sections);
    }

    private static IReadOnlyList<object?> Row(PlacedTrial one)
    {
        TrialFigures? figures = one.Trial.Figures;
        return
        [
            Figures.Count(one.Trial.Number), TrialRunner.What(one.Configuration), Figures.Count(one.Trial.Seed), one.Trial.Epochs == 0 ? "as in the recipe" : Figures.Count(one.Trial.Epochs), Figures.Share(one.Score),
            Figures.Share(figures?.Loss), Figures.Number(figures?.P50), Figures.Bytes(figures?.Bytes), Figures.Number(figures?.Seconds), Figures.Number(figures?.PeakMegabytes),
            one.Trial.State == TrialState.Failed ? $"failed: {one.Trial.Message}" : RecipeSchema.SnakeCase(one.Trial.State.ToString()),
        ];
    }

    /// <summary>The mean score at each pair of values of the first two keys; null where less than two trials have a value of both.</summary>
    public static StudyMap? MapOf(IReadOnlyList<string> keys, IReadOnlyList<PlacedTrial> trials, int seed)
    {
        PlacedTrial[] placed = keys.Count < 2 ? [] : [.. Alike(trials, seed).Where(one => one.Values[0] is not null && one.Values[1] is not null)];
        if (placed.Length < 2)
            return null;
        (string[] rows, int[] row) = Cells([.. placed.Select(one => one.Values[0]!)]);
        (string[] columns, int[] column) = Cells([.. placed.Select(one => one.Values[1]!)]);
        double?[][] means = [.. rows.Select(_ => new double?[columns.Length])];
        foreach (IGrouping<(int Row, int Column), double> cell in Enumerable.Range(0, placed.Length).GroupBy(k => (row[k], column[k]), k => placed[k].Score!.Value))
            means[cell.Key.Row][cell.Key.Column] = cell.Average();
        return new StudyMap(keys[0], keys[1], rows, columns, means);
    }

    // Of different rungs and seeds scores are no like for like; those of finalists stand in a table of their own.
    private static PlacedTrial[] Alike(IReadOnlyList<PlacedTrial> trials, int seed) => [.. trials.Where(one => one.Score is not null && one.Trial.Rung == 0 && one.Trial.Seed == seed)];

    /// <summary>The values in order, or parts of their range with equally many trials each; and which of them each trial is in.</summary>
    private static (string[] Names, int[] Of) Cells(string[] values)
    {
        bool numbers = values.All(value => double.TryParse(value, CultureInfo.InvariantCulture, out _));
        string[] distinct = [.. numbers ? values.Distinct().OrderBy(Parse) : values.Distinct().Order(StringComparer.Ordinal)];
        if (distinct.Length <= MostCells || !numbers)
            return (distinct, Array.ConvertAll(values, value => Array.IndexOf(distinct, value)));
        string[][] parts = [.. Enumerable.Range(0, Parts).Select(part => distinct[(part * distinct.Length / Parts)..((part + 1) * distinct.Length / Parts)])];
        return ([.. parts.Select(part => $"{part[0]} – {part[^1]}")], Array.ConvertAll(values, value => Array.FindIndex(parts, part => part.Contains(value))));
    }

    private static XElement Lines(IReadOnlyList<string> keys, PlacedTrial[] trials, string metric)
    {
        double[] scores = [.. trials.Select(one => one.Score!.Value)];
        double low = scores.Min(), high = scores.Max();
        return ParallelAxes.Draw("Trials through what they had", [.. keys.Select(TuningSection.Leaf), $"dev {metric}"],
            [.. trials.Select(one => new ParallelLine([.. one.Values, Figures.Share(one.Score)], high > low ? (one.Score!.Value - low) / (high - low) : 0.5,
                $"trial {one.Trial.Number}, {TrialRunner.What(one.Configuration)}: {Figures.Share(one.Score)}"))],
            "A line is a trial, the plainer the better; the best has a colour of its own. –: the key has no effect in that trial.");
    }

    private static double Parse(string value) => double.Parse(value, CultureInfo.InvariantCulture);
}
