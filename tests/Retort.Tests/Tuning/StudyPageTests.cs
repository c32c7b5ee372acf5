using System.Globalization;
using System.Xml.Linq;
using Retort.Evaluation;
using Retort.Metrics;
using Retort.Tests.Reports;
using Retort.Training;
using Retort.Tuning;

namespace Retort.Tests.Tuning;

public sealed class StudyPageTests
{
    private static readonly string[] Keys = ["distillation.temperature", "distillation.soft_label_weight"];

    [Fact]
    public void The_map_has_the_mean_of_each_pair_of_values_and_the_best_is_the_darkest()
    {
        XElement map = PageXml.Sections(Page(Grid())).GetValueOrDefault("map")!;
        Assert.Equal([["1", "0.7000", "0.7500"], ["2", "0.8000", "–"]], PageXml.Cells(map.Descendants("table").Single()));
        Assert.Equal(["--share:0", "--share:0.5", "--share:1", "--share:0"], map.Descendants("td").Select(cell => cell.Attribute("style")!.Value));
    }

    [Fact]
    public void Many_values_are_put_together_and_no_trial_is_lost()
    {
        PlacedTrial[] trials = [.. Enumerable.Range(1, 20).Select(k => Placed(k, 0.5 + k / 100.0, k.ToString(CultureInfo.InvariantCulture), "1"))];
        XElement map = PageXml.Sections(Page(trials))["map"];
        Assert.Equal(["1 – 4", "5 – 8", "9 – 12", "13 – 16", "17 – 20"], PageXml.Cells(map.Descendants("table").Single()).Select(row => row[0]));
        Assert.Equal("0.5250", PageXml.Cells(map.Descendants("table").Single())[0][1]);
    }

    [Fact]
    public void Each_trial_is_a_line_and_a_row_also_one_without_a_value_or_one_that_failed()
    {
        PlacedTrial idle = Placed(4, 0.6, null, "1"), failed = Placed(5, 0, "1", "1");
        failed = failed with { Score = null, Trial = failed.Trial with { State = TrialState.Failed, Figures = null, Message = "the loss is <NaN>" } };
        Dictionary<string, XElement> sections = PageXml.Sections(Page([.. Grid(), idle, failed]));
        Assert.Equal(4, sections["lines"].Descendants("path").Count());
        Assert.Contains(sections["lines"].Descendants("text"), text => text.Value == "–");
        Assert.Equal(5, PageXml.Cells(sections["trials"].Descendants("table").Single()).Length);
        Assert.Contains("failed: the loss is <NaN>", sections["trials"].Value, StringComparison.Ordinal);
        Assert.Contains("50%", sections["importance"].Value, StringComparison.Ordinal);
    }

    [Fact]
    public void Other_seeds_and_rungs_are_in_the_table_alone()
    {
        PlacedTrial seed = Placed(4, 0.9, "2", "2"), rung = Placed(5, 0.9, "2", "2");
        seed = seed with { Trial = seed.Trial with { Seed = 2 } };
        rung = rung with { Trial = rung.Trial with { Rung = 1 } };
        Dictionary<string, XElement> sections = PageXml.Sections(Page([.. Grid(), seed, rung]));
        Assert.Equal(3, sections["lines"].Descendants("path").Count());
        Assert.Equal(5, PageXml.Cells(sections["trials"].Descendants("table").Single()).Length);
    }

    [Theory]
    [InlineData(0.80, 0.83, 0.83, "The winner beats the recipe as it is: +0.0300 on dev, more than the standard error of the difference (0.0082); +0.0300 on test, more than")]
    [InlineData(0.80, 0.83, 0.79, "The winner beats the recipe as it is on dev alone: +0.0300 on dev, more than the standard error of the difference (0.0082); −0.0100 on test, no gain;")]
    [InlineData(0.80, 0.805, 0.83, "The winner does not beat the recipe as it is by more than seeds differ: +0.0050 on dev, within the standard error")]
    public void The_verdict_is_plain(double before, double after, double test, string verdict) => Assert.StartsWith(verdict, StudyText.Verdict(Result(before, after, test)), StringComparison.Ordinal);

    private static XElement Page(PlacedTrial[] trials) =>
        PageXml.Parse(StudyPage.ToHtml("toy: what was tried", Result(0.8, 0.83, 0.83) with { Map = StudyPage.MapOf(Keys, trials, seed: 1) }, Keys, trials, seed: 1));

    private static PlacedTrial[] Grid() => [Placed(1, 0.7, "1", "0.5"), Placed(2, 0.75, "1", "1"), Placed(3, 0.8, "2", "0.5")];

    private static PlacedTrial Placed(int number, double score, string? temperature, string weight) => new(
        new Trial(number, number, 1, 0, 0, TrialState.Done) { Figures = new TrialFigures { Accuracy = score, Loss = 0.5 } },
        new Configuration(number, $"{number}", Role.Student, new SortedDictionary<string, string> { ["student.filters"] = $"{number}" }), score, [temperature, weight]);

    private static StudyResult Result(double before, double after, double test)
    {
        Finalist recipe = Finalist(0, "the recipe", before, before), winner = Finalist(3, "temperature 2", after, test);
        return new StudyResult
        {
            Folder = "study",
            Metric = DevMetric.Accuracy,
            DevTexts = 872,
            Done = 3,
            Failed = 1,
            Finalists = [winner, recipe],
            Winner = winner,
            Compared = recipe,
            OnDev = Gain.Of(recipe.Dev, winner.Dev),
            OnTest = Gain.Of(recipe.Test!, winner.Test!),
            Importance = [new Importance(Keys[0], 0.5, 2)],
        };
    }

    private static Finalist Finalist(int number, string name, double dev, double test) =>
        new(number, name, new SortedDictionary<string, string>(), Around(dev), null, 1000, []) { Test = Around(test) };

    private static Spread Around(double mean) => Spread.Of([mean - 0.01, mean, mean + 0.01]);
}
