using System.Text.Json;
using System.Xml.Linq;
using Retort.Runs;
using Retort.Tests.Pipeline;
using Retort.Tests.Reports;

namespace Retort.Tests.Cli;

[Collection(FinishedRunTests.Name)]
public sealed class ReportVerbTests : IDisposable
{
    private readonly TestTerminal _terminal = new();
    private readonly TemporaryFolder _folder = new();

    public ReportVerbTests(FinishedRun run) => run.CopyTo(_folder);

    public void Dispose() => _folder.Dispose();

    private string Run => _folder["tiny"];

    [Fact]
    public async Task It_makes_the_page_anew_and_prints_its_path()
    {
        string page = _folder["tiny/report/report.html"];
        File.Delete(page);
        Assert.Equal(0, await _terminal.Run("report", Run));
        Assert.Equal(page, _terminal.Out.ToString().TrimEnd());
        Assert.NotEmpty(PageXml.Sections(PageXml.Parse(await File.ReadAllTextAsync(page, TestContext.Current.CancellationToken))));
    }

    [Fact]
    public async Task Prices_and_examples_can_be_set()
    {
        Assert.Equal(0, await _terminal.Run("report", Run, "--set", "report.hourly_price=2.5", "--output", _folder["page.html"]));
        Assert.Contains("$2.5 an hour", await File.ReadAllTextAsync(_folder["page.html"], TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Figures_come_as_json_too()
    {
        Assert.Equal(0, await _terminal.Run("report", Run, "--json"));
        JsonElement run = JsonDocument.Parse(_terminal.Out.ToString()).RootElement.GetProperty("runs")[0];
        Assert.Equal("tiny", run.GetProperty("name").GetString());
        Assert.Equal(3, run.GetProperty("test").GetProperty("rows").GetArrayLength());
        Assert.True(run.GetProperty("cost_of_million").GetProperty("teacher").GetDouble() > run.GetProperty("cost_of_million").GetProperty("student").GetDouble());
    }

    [Fact]
    public async Task Several_runs_are_compared()
    {
        Copy("other");
        string recipe = _folder["other/recipe.yaml"];
        await File.WriteAllTextAsync(recipe, (await File.ReadAllTextAsync(recipe, TestContext.Current.CancellationToken)).Replace("  epochs: 6\n", "  epochs: 7\n", StringComparison.Ordinal), TestContext.Current.CancellationToken);
        Assert.Equal(0, await _terminal.Run("report", Run, _folder["other"], "--output", _folder["both.html"]));
        Dictionary<string, XElement> sections = PageXml.Sections(PageXml.Parse(await File.ReadAllTextAsync(_folder["both.html"], TestContext.Current.CancellationToken)));
        Assert.Equal([["distillation.epochs", "6", "7"]], PageXml.Cells(sections["settings"].Descendants("table").Single()));
        Assert.Equal(["tiny", "other"], PageXml.Cells(sections["headline"].Descendants("table").First()).Select(row => row[0]));
        Assert.Equal(["tiny", "other"], sections["learning"].Descendants("figure").First().Descendants("li").Select(entry => entry.Value));
    }

    [Fact]
    public async Task Runs_of_different_test_sets_are_refused_unless_that_is_wanted()
    {
        Copy("other");
        Rewrite("other", results => results.Replace(Hash(results), new string('0', 64), StringComparison.Ordinal));
        await Refused(2, ["report", Run, _folder["other"], "--output", _folder["both.html"]], Run, _folder["other"], "different test sets", "--allow-different-data");
        Assert.Equal(0, await _terminal.Run("report", Run, _folder["other"], "--output", _folder["both.html"], "--allow-different-data"));
        Assert.Contains("evaluated on different test sets", await File.ReadAllTextAsync(_folder["both.html"], TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_folder_that_is_no_run_is_refused()
    {
        await Refused(2, ["report", _folder["none"]], "none", "is no folder of a run", "recipe.yaml");
        Directory.CreateDirectory(_folder["empty"]);
        await Refused(2, ["report", _folder["empty"]], "empty", "is no folder of a run");
        await Refused(2, ["report"], "no run is named");
    }

    [Theory]
    [InlineData("teach", "the stage teach has not been run")]
    [InlineData("label", "the stage label has not been run")]
    [InlineData("students/seed-2", "the stage distill has not trained students/seed-2")]
    [InlineData("evaluate", "the stage evaluate has not been run")]
    public async Task An_unfinished_run_is_told_its_missing_stage_and_how_to_finish_it(string stage, string words)
    {
        Manifest manifest = Manifest.Load(Run);
        (manifest with { Stages = manifest.Stages.Where(one => one.Key != stage && one.Key != "evaluate").ToDictionary() }).Save(Run);
        await Refused(1, ["report", Run], "is not finished", words, $"'retort run {Path.Combine(Run, "recipe.yaml")}' finishes it");
    }

    [Fact]
    public async Task A_run_that_was_begun_anew_is_shown_with_the_settings_that_it_was_evaluated_with()
    {
        string recipe = _folder["tiny/recipe.yaml"], now = await File.ReadAllTextAsync(recipe, TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(recipe, now.Replace("epochs: 6", "epochs: 9", StringComparison.Ordinal).Replace("threads: 1", "threads: 2", StringComparison.Ordinal), TestContext.Current.CancellationToken);
        Assert.Equal(0, await _terminal.Run("report", Run));
        XElement page = PageXml.Parse(await File.ReadAllTextAsync(_folder["tiny/report/report.html"], TestContext.Current.CancellationToken));
        Assert.Equal("This run was begun anew with another distillation.epochs, and has not been evaluated since: figures and settings are those of before. 'retort run' with its recipe finishes it.",
            page.Descendants("p").First(p => p.Attribute("class")?.Value == "notice").Value);
        string repeat = PageXml.Sections(page)["repeat"].Value;
        Assert.Contains("distillation.epochs6", repeat, StringComparison.Ordinal);
        Assert.Contains("evaluated.yaml", repeat, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Results_that_are_gone_damaged_or_not_those_that_were_written_are_told_of()
    {
        string results = _folder["tiny/report/results.json"], whole = await File.ReadAllTextAsync(results, TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(results, whole[..(whole.Length / 2)], TestContext.Current.CancellationToken);
        await Refused(1, ["report", Run], results, "is damaged", "retort evaluate");
        await File.WriteAllTextAsync(results, "{}", TestContext.Current.CancellationToken);
        await Refused(1, ["report", Run], results, "is damaged");
        await File.WriteAllTextAsync(results, whole.Replace("\"best_seed\": 1", "\"best_seed\": 2", StringComparison.Ordinal) + " ", TestContext.Current.CancellationToken);
        await Refused(1, ["report", Run], results, "is not what the stage evaluate wrote");
        File.Delete(results);
        await Refused(1, ["report", Run], "report/results.json, and it is gone", "retort run");
    }

    [Fact]
    public async Task An_output_that_cannot_be_written_is_named()
    {
        await Refused(2, ["report", Run, "--output", _folder.Path], _folder.Path, "a folder");
        string file = _folder.Write("file", "");
        await Refused(1, ["report", Run, "--output", Path.Combine(file, "page.html")], "page.html", "cannot be written");
    }

    [Theory]
    [InlineData("--set distillation.epochs=3", "expected a key of report")]
    [InlineData("--set report.hourly_prise=3", "did you mean 'report.hourly_price'?")]
    [InlineData("--set report.hourly_price=0", "report.hourly_price is 0")]
    [InlineData("--set report.examples=-1", "report.examples is -1")]
    [InlineData("--allow-different-data", "no effect on one run")]
    public async Task Options_that_do_not_fit_are_refused(string options, string words) => await Refused(2, ["report", Run, .. options.Split(' ')], words);

    [Fact]
    public async Task The_schema_of_the_results_is_printed()
    {
        Assert.Equal(0, await _terminal.Run("report", "--schema"));
        Assert.Equal(Retort.Reports.ResultsSchema.ToJson(), _terminal.Out.ToString());
    }

    private async Task Refused(int code, string[] line, params string[] words)
    {
        _terminal.Error.GetStringBuilder().Clear();
        Assert.Equal(code, await _terminal.Run(line));
        string said = _terminal.Error.ToString();
        Assert.All(words, word => Assert.Contains(word, said, StringComparison.Ordinal));
        Assert.DoesNotContain("bug in Retort", said, StringComparison.Ordinal);
        Assert.Empty(_terminal.Out.ToString());
    }

    private void Copy(string name)
    {
        foreach (string file in new[] { "recipe.yaml", "manifest.json", "report/results.json" })
        {
            Directory.CreateDirectory(Path.GetDirectoryName(_folder[$"{name}/{file}"])!);
            File.Copy(Path.Combine(Run, file), _folder[$"{name}/{file}"]);
        }
    }

    /// <summary>Changes a run's results as if they had been written so.</summary>
    private void Rewrite(string name, Func<string, string> change)
    {
        string results = _folder[$"{name}/report/results.json"];
        File.WriteAllText(results, change(File.ReadAllText(results)));
        Manifest manifest = Manifest.Load(_folder[name]);
        StageRecord evaluation = manifest.Stages["evaluate"];
        var outputs = new Dictionary<string, string>(evaluation.Outputs) { ["report/results.json"] = ContentHash.OfFile(results) };
        (manifest with { Stages = new Dictionary<string, StageRecord>(manifest.Stages) { ["evaluate"] = evaluation with { Outputs = outputs } } }).Save(_folder[name]);
    }

    private static string Hash(string results) => JsonDocument.Parse(results).RootElement.GetProperty("facts").GetProperty("data")[2].GetProperty("hash").GetString()!;
}
