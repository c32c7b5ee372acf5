using System.Text.Json;
using Retort.Cli;
using Retort.Metrics;
using Retort.Pipeline;
using Retort.Reports;
using Retort.Tests.Pipeline;

namespace Retort.Tests.Cli;

/// <summary>The verbs on a finished run: what they print, and where.</summary>
[Collection(FinishedRunTests.Name)]
public sealed class StageVerbTests : IDisposable
{
    private readonly FinishedRun _run;
    private readonly TestTerminal _terminal = new();
    private readonly TemporaryFolder _folder = new();
    private readonly string _recipe;

    public StageVerbTests(FinishedRun run)
    {
        _run = run;
        _recipe = _folder.Write("tiny.yaml", run.Recipe.ToYaml(commented: true));
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Run_prints_the_comparison_and_the_student()
    {
        Assert.Equal(0, await _terminal.Run("run", _recipe, "--offline"));
        string output = _terminal.Out.ToString();
        Assert.Contains("teacher", output, StringComparison.Ordinal);
        Assert.Contains("student without teacher", output, StringComparison.Ordinal);
        Assert.Contains(Path.Combine(_run.Result.Folder, "student"), output, StringComparison.Ordinal);
        Assert.Contains("teach: teach is up to date", _terminal.Error.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(2, true, true, null)]
    [InlineData(12, true, true, null)]
    [InlineData(13, true, false, "The confusion matrix of all 13 classes: ")]
    [InlineData(31, false, false, "The scores of all 31 classes: ")]
    public void The_best_student_is_shown_class_by_class_unless_there_are_too_many(int classes, bool scores, bool confusion, string? elsewhere)
    {
        RunSummary.Write(_terminal.Terminal, WithClasses(classes), json: false);
        string output = _terminal.Out.ToString();
        int seed = _run.Result.Report!.BestSeed;
        Assert.Equal(scores, output.Contains($"Student of seed {seed} on test, class by class:\nclass ", StringComparison.Ordinal));
        Assert.Equal(confusion, output.Contains($"Student of seed {seed} on test, what was taken for what:\ntruth \\ predicted ", StringComparison.Ordinal));
        Assert.Equal(elsewhere is not null, output.Contains("results.json", StringComparison.Ordinal));
        Assert.Contains(elsewhere ?? "", output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_multi_label_student_has_no_confusion_matrix()
    {
        RunSummary.Write(_terminal.Terminal, WithClasses(13, multiLabel: true), json: false);
        Assert.Contains("class by class", _terminal.Out.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("confusion", _terminal.Out.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("taken for what", _terminal.Out.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("teach", "Teacher: dev accuracy 1.0000")]
    [InlineData("label", "Signals: 114 texts")]
    [InlineData("distill", "student without teacher, seed 2: dev accuracy")]
    public async Task A_stage_prints_what_it_came_to(string verb, string line)
    {
        Assert.Equal(0, await _terminal.Run(verb, _recipe));
        Assert.Contains(line, _terminal.Out.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("p95", _terminal.Out.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Evaluate_prints_JSON_and_nothing_else_on_standard_output()
    {
        Assert.Equal(0, await _terminal.Run("evaluate", _recipe, "--json"));
        using JsonDocument json = JsonDocument.Parse(_terminal.Out.ToString());
        JsonElement models = json.RootElement.GetProperty("report").GetProperty("models");
        Assert.Equal(5, models.GetArrayLength());
        Assert.Equal("student_without_teacher", models[2].GetProperty("role").GetString());
        Assert.True(models[1].GetProperty("test").GetProperty("accuracy").GetDouble() >= 0.9);
        Assert.True(models[1].GetProperty("latency").GetProperty("p95").GetDouble() > 0);
    }

    [Fact]
    public async Task Unlabelled_texts_are_counted_and_so_are_those_that_were_skipped()
    {
        string recipe = _folder.Write("copy.yaml", _run.CopyTo(_folder).ToYaml(commented: false));
        string texts = _folder.Write("more.tsv", "text\na very good end\n\nthe very end\n");
        Assert.Equal(0, await _terminal.Run("label", recipe, "--skip-bad-rows", "--set", $"transfer.unlabelled={texts}"));
        string said = _terminal.Error.ToString();
        Assert.Contains($"data: unlabelled: 2 texts from {texts}; left out: 0 that repeat another, 0 of train, 0 of dev or test, 0 nearly of dev or test\n", said, StringComparison.Ordinal);
        Assert.Matches($"data: bad rows skipped: 1\n.* data:   {texts}, line 3: ", said);
        Assert.Contains("Signals: 116 texts, 2 of them new", _terminal.Out.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Augmented_texts_are_counted_and_their_file_is_named()
    {
        string recipe = _folder.Write("copy.yaml", _run.CopyTo(_folder).ToYaml(commented: false));
        Assert.Equal(0, await _terminal.Run("augment", recipe, "--set", "augmentation.copies=1", "--set", "transfer.near_duplicates=1"));
        string file = _folder[Path.Combine("tiny", "augmented", "texts.tsv")];
        int texts = File.ReadAllLines(file).Length - 1;
        Assert.Contains($"Augmented: {texts} texts of 60 asked for: {file}\n", _terminal.Out.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("Teacher:", _terminal.Out.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stage_that_is_forced_says_so_and_the_ones_before_do_not_run()
    {
        string recipe = _folder.Write("copy.yaml", _run.CopyTo(_folder).ToYaml(commented: false));
        Assert.Equal(0, await _terminal.Run("label", recipe, "--set", $"signals.cache={_folder["cache"]}"));
        Assert.Contains("114 of them new", _terminal.Out.ToString(), StringComparison.Ordinal);
        Assert.Contains("teach is up to date", _terminal.Error.ToString(), StringComparison.Ordinal);
        Assert.Contains("label runs: 114 texts have no signals yet", _terminal.Error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Results_of_runs_become_the_tables_of_a_page()
    {
        Directory.CreateDirectory(_folder["results"]);
        File.Copy(_run.Recipe.Results, _folder["results/tiny.csv"]);
        string page = _folder.Write("results.md", "# Results\n\n<!-- results:begin tiny -->\n<!-- results:end -->\n");
        Assert.Equal(0, await _terminal.Run("results", page));
        Assert.Contains($"Updated {page}.", _terminal.Out.ToString(), StringComparison.Ordinal);
        string written = await File.ReadAllTextAsync(page, TestContext.Current.CancellationToken);
        Assert.Contains("student", written, StringComparison.Ordinal);
        Assert.Contains("distillation.epochs=6", written, StringComparison.Ordinal);
        Assert.Equal(0, await _terminal.Run("results", page));
        Assert.Contains("up to date", _terminal.Out.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_page_that_is_not_there_is_a_wrong_usage()
    {
        Assert.Equal(2, await _terminal.Run("results", _folder["none.md"]));
        Assert.Contains("there is no page", _terminal.Error.ToString(), StringComparison.Ordinal);
    }

    /// <summary>The finished run, as if it had so many classes.</summary>
    private RunResult WithClasses(int count, bool multiLabel = false)
    {
        RunReport report = _run.Result.Report!;
        ClassScores scores = report.Models[0].Test.PerClass[0];
        ModelReport[] models = [.. report.Models.Select(model => model with
        {
            Test = model.Test with
            {
                Classes = [.. Enumerable.Range(0, count).Select(k => $"class{k}")],
                PerClass = [.. Enumerable.Repeat(scores, count)],
                Confusion = multiLabel ? null : [.. Enumerable.Range(0, count).Select(_ => new int[count])],
            },
        })];
        return _run.Result with { Report = report with { Models = models } };
    }
}
