using System.Globalization;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Retort.Compression;
using Retort.Evaluation;
using Retort.Fractionation;
using Retort.Pipeline;
using Retort.Reports;
using Retort.Runs;
using Retort.Tests.Pipeline;

namespace Retort.Tests.Reports;

[Collection(FinishedRunTests.Name)]
public sealed partial class RunPageTests(FinishedRun finished) : IDisposable
{
    private const string Hostile = "</td><script>alert(1)</script>\"' onerror=x & \0";

    private static readonly RunSettings Settings = new([KeyValuePair.Create("distillation.epochs", "6")], "", new ReportOptions());
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private RunFiles Run => RunFiles.Read(finished.Result.Folder, Manifest.Load(finished.Result.Folder));

    [Fact]
    public void A_finished_run_has_its_report()
    {
        string html = File.ReadAllText(Path.Combine(finished.Result.Folder, "report", "report.html"));
        XElement page = PageXml.Parse(html);
        Assert.Equal("tiny: what was lost and won", page.Descendants("h1").Single().Value);
        Assert.Equal(["headline", "learning", "classes", "fidelity", "calibration", "data", "stages", "repeat"], PageXml.Sections(page).Keys);
        Assert.Contains("retort run tiny.yaml", PageXml.Sections(page)["repeat"].Element("pre")!.Value, StringComparison.Ordinal);
        Assert.DoesNotContain(page.Descendants(), element => element.Attribute("class")?.Value == "notice");
    }

    [Fact]
    public void Headline_figures_are_those_of_the_results()
    {
        RunReport report = Run.Report;
        string[][] cells = PageXml.Cells(PageXml.Sections(Page(Run))["headline"].Descendants("table").First());
        Assert.Equal(report.Test.Rows.Select(row => new[]
        {
            row.Role.Title(), row.Seeds.ToString(CultureInfo.InvariantCulture), Share(row.Accuracy!), Share(row.MacroF1!), Figures.Bytes(row.Bytes), Figures.Number(row.Latency!.P50),
            Figures.Number(row.Latency.P95), Figures.Number(row.Latency.TextsPerSecond), Retort.Reports.Sections.Cost.Text(0.04 * 1e6 / 3600 / row.Latency.TextsPerSecond),
            row.SpeedRatio is { } ratio ? Figures.Number(ratio) + "×" : "–",
        }), cells);

        static string Share(Retort.Metrics.Spread spread) => spread.Count == 1 ? $"{spread.Mean:0.0000}" : $"{spread.Mean:0.0000} ± {spread.Deviation:0.0000}";
    }

    [Fact]
    public void It_asks_for_no_other_file_and_runs_no_script()
    {
        string html = RunPage.ToHtml(Run, Settings);
        Assert.Empty(Resource().Matches(html));
        Assert.DoesNotContain("<script", html, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void Nothing_that_stands_in_names_texts_and_settings_becomes_markup()
    {
        RunFiles run = Run;
        EvaluationResult hostile = run.Report.Models[0].Test with { Source = Hostile, Classes = [.. run.Report.Models[0].Test.Classes.Select((_, k) => $"{Hostile}{k}")] };
        run = run with
        {
            Report = run.Report with
            {
                Models = [.. run.Report.Models.Select(model => model with { Dev = hostile, Test = hostile })],
                Teachers = [.. run.Report.Teachers.Select(score => score with { Name = Hostile })],
                Facts = new RunFacts(Hostile, Hostile, Hostile, default, [new PartFacts(Hostile, Hostile, 1, [1, 2], Hostile)]),
            },
            Trainings = [.. run.Trainings.Select(training => training with { Stage = Hostile })],
            Compressions = new Dictionary<int, CompressionResult> { [1] = new([new CompressionTrial(Hostile, Hostile, 9, 0.5, 1, 1, Hostile) { IsTaken = true }]) },
            Fractions = new Dictionary<string, FractionSummary[]> { [Hostile] = [new(0, 0, 1, 1, 1, null, [new(Hostile, 1, 1)], [new(Hostile, 0, 1, 0, [1], [1], [new(0, 1, Hostile)], [])])] },
            Disagreements = new Disagreements(Role.Student, 1, Hostile, new Dictionary<WhoIsRight, int> { [WhoIsRight.TeacherRight] = 1 }, [new(WhoIsRight.TeacherRight, Hostile, Hostile, Hostile, 1, Hostile, 1)]),
            Missing = [Hostile],
        };
        string html = RunPage.ToHtml(run, new RunSettings([KeyValuePair.Create(Hostile, Hostile)], "", new ReportOptions()));
        XElement page = PageXml.Parse(html);
        Assert.Empty(page.Descendants("script"));
        Assert.DoesNotContain(page.Descendants().Attributes(), attribute => attribute.Name.LocalName.StartsWith("on", StringComparison.Ordinal));
        Assert.Contains(page.Descendants("td"), cell => cell.Value == Hostile.Replace('\0', '\ufffd'));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(3, 1)]
    [InlineData(100, 2)]
    public void As_many_texts_are_shown_as_the_recipe_allows(int examples, int shown)
    {
        Disagreement one = new(WhoIsRight.TeacherRight, "a sensitive text", "x", "x", 0.9, "y", 0.8);
        RunFiles run = Run with
        {
            Disagreements = new Disagreements(Role.Student, 1, "test", new Dictionary<WhoIsRight, int> { [WhoIsRight.TeacherRight] = 7 }, [one, one]),
            Fractions = new Dictionary<string, FractionSummary[]> { ["seed-1"] = [new(0, 0, 1, 1, 1, null, [], [new("entropy", 0, 1, 0, [1], [1], [new(0, 1, "a chosen text")], [])])] },
        };
        string html = RunPage.ToHtml(run, Settings with { Options = new ReportOptions { Examples = examples } });
        Assert.Equal(shown, Regex.Count(html, "a sensitive text"));
        Assert.Equal(examples > 0, html.Contains("a chosen text", StringComparison.Ordinal));
        Assert.Contains("decides 7 texts of test otherwise than the teacher: 7 where the teacher is right.", html, StringComparison.Ordinal);
    }

    [Fact]
    public void The_losses_of_each_term_are_drawn_and_what_was_said_of_them_is_told()
    {
        RunFiles run = Run;
        XElement learning = PageXml.Sections(Page(run))["learning"];
        Assert.Contains(learning.Descendants("figure"), figure => figure.Element("h3")!.Value == "Loss of each term" && figure.Descendants("path").Any());
        run = run with { Trainings = [.. run.Trainings.Select(training => training with { Result = training.Result with { History = [.. training.Result.History.Select(look => look with { Terms = [], Advice = ["the term is dead"] })] } })] };
        learning = PageXml.Sections(Page(run))["learning"];
        Assert.DoesNotContain(learning.Descendants("h3"), title => title.Value == "Loss of each term");
        Assert.Contains("were not kept by the version", learning.Value, StringComparison.Ordinal);
        Assert.Contains(learning.Descendants("li"), said => said.Value.EndsWith(": the term is dead", StringComparison.Ordinal));
    }

    [Fact]
    public void Forecasts_stand_beside_what_happened()
    {
        RunFiles run = Run with { Forecast = new Forecast { StudentBytes = 2 * Run.Report.Models.First(model => model.Role == Role.Student).Bytes!.Value, TeachSeconds = 1e9 } };
        string[][] rows = PageXml.Cells(PageXml.Sections(Page(run))["forecast"].Descendants("table").Single());
        Assert.Equal(["student's size on disk, MB", "seconds of teach"], rows.Select(row => row[0]));
        Assert.Equal(["0.50", "0.00"], rows.Select(row => row[3]));
        Assert.DoesNotContain("was advised", PageXml.Sections(Page(run))["forecast"].Value, StringComparison.Ordinal);
        Assert.Contains("the recipe that was advised, with teacher.max_length: 48; distillation.epochs: 12: where the run is of another",
            PageXml.Sections(Page(run with { Forecast = run.Forecast! with { Advised = "teacher.max_length: 48; distillation.epochs: 12" } }))["forecast"].Value, StringComparison.Ordinal);
        Assert.False(PageXml.Sections(Page(Run)).ContainsKey("forecast"));
    }

    [Fact]
    public void A_forecast_that_was_made_when_all_was_trained_is_called_none()
    {
        DateTimeOffset first = Run.Manifest.Stages["teach"].Finished;
        var forecast = new Forecast { StudentBytes = 1, Made = first.AddSeconds(-1) };
        Assert.Contains("before anything was trained", PageXml.Sections(Page(Run with { Forecast = forecast }))["forecast"].Value, StringComparison.Ordinal);
        string late = PageXml.Sections(Page(Run with { Forecast = forecast with { Made = first.AddHours(1) } }))["forecast"].Value;
        Assert.DoesNotContain("before anything was trained", late, StringComparison.Ordinal);
        Assert.Contains("when trainings of this run had finished", late, StringComparison.Ordinal);
    }

    [Fact]
    public void A_study_in_the_folder_has_its_verdict_map_and_importance_on_the_page()
    {
        Assert.False(PageXml.Sections(Page(Run)).ContainsKey("tuning"));
        finished.CopyTo(_folder);
        var result = new
        {
            Verdict = "The winner beats the recipe as it is.",
            Map = new StudyMap("distillation.temperature", "distillation.soft_label_weight", ["1", "2"], ["0.5", "1"], [[0.7, 0.75], [0.8, null]]),
            Importance = new[] { new { Key = "distillation.temperature", Share = 0.5, Values = 2 } },
            DevTexts = 24,
        };
        Directory.CreateDirectory(_folder["tiny/tuning"]);
        _folder.Write("tiny/tuning/study.json", System.Text.Json.JsonSerializer.Serialize(result, JsonForm.Indented));
        XElement tuning = PageXml.Sections(Page(RunFiles.Read(_folder["tiny"], Manifest.Load(_folder["tiny"]))))["tuning"];
        Assert.StartsWith("TuningThe winner beats the recipe as it is.", tuning.Value, StringComparison.Ordinal);
        Assert.Equal([["1", "0.7000", "0.7500"], ["2", "0.8000", "–"]], PageXml.Cells(tuning.Descendants("table").First()));
        Assert.Contains("50%", tuning.Value, StringComparison.Ordinal);
        _folder.Write("tiny/tuning/study.json", "{");
        Assert.Contains("study.json is damaged", Page(RunFiles.Read(_folder["tiny"], Manifest.Load(_folder["tiny"]))).Value, StringComparison.Ordinal);
    }

    [Fact]
    public void What_a_run_of_an_older_version_did_not_keep_is_left_out_with_a_word()
    {
        RunFiles run = Run;
        run = run with
        {
            Report = run.Report with { Facts = null, Models = [.. run.Report.Models.Select(model => model with { Test = model.Test with { UncalibratedReliability = null } })] },
            Disagreements = null,
        };
        Dictionary<string, XElement> sections = PageXml.Sections(PageXml.Parse(RunPage.ToHtml(run, new RunSettings(null, "no such key", new ReportOptions()))));
        Assert.Contains("What stood before the temperature was not kept", sections["calibration"].Value, StringComparison.Ordinal);
        Assert.Contains("No examples were kept", sections["fidelity"].Value, StringComparison.Ordinal);
        Assert.Contains("The settings cannot be told: no such key", sections["repeat"].Value, StringComparison.Ordinal);
        Assert.Equal(["dev", "test"], PageXml.Cells(sections["data"].Descendants("table").Single()).Select(row => row[0]));
    }

    [Fact]
    public void Students_that_were_trained_since_are_told_of()
    {
        RunFiles run = Run;
        Assert.False(run.IsOutdated);
        Dictionary<string, StageRecord> stages = new(run.Manifest.Stages);
        stages["students/seed-1"] = stages["students/seed-1"] with { Outputs = new Dictionary<string, string> { ["students/seed-1/config.json"] = "other" } };
        run = run with { Manifest = run.Manifest with { Stages = stages } };
        Assert.True(run.IsOutdated);
        Assert.Contains("trained anew since", Page(run).Descendants("p").First().Value, StringComparison.Ordinal);
    }

    [Fact]
    public void Making_it_anew_changes_nothing_that_a_run_looks_at()
    {
        Recipe recipe = finished.CopyTo(_folder);
        RunReports.Write(_folder["tiny"], overrides: [RecipeOverride.Parse("report.hourly_price=9")]);
        var messages = new List<string>();
        FinishedRun.Run(recipe, Stage.Evaluate, messages: messages);
        Assert.Contains("evaluate is up to date", messages);
        Assert.Contains("$0.04 an hour", File.ReadAllText(_folder["tiny/report/report.html"]), StringComparison.Ordinal);
    }

    [Fact]
    public void Texts_that_are_not_to_be_shown_are_not_kept_either()
    {
        Recipe recipe = finished.CopyTo(_folder);
        Assert.True(File.Exists(_folder["tiny/report/examples.json"]));
        FinishedRun.Run(recipe with { Report = new ReportOptions { Examples = 0 } }, Stage.Evaluate);
        Assert.False(File.Exists(_folder["tiny/report/examples.json"]));
    }

    private static XElement Page(RunFiles run) => PageXml.Parse(RunPage.ToHtml(run, Settings));

    [GeneratedRegex("""\s(src|srcset|href|action|data)\s*=\s*(?!"#)|url\(|@import""", RegexOptions.IgnoreCase)]
    private static partial Regex Resource();
}
