using System.Text.Json;
using Retort.Assessment;
using Retort.Pipeline;
using Retort.Reports;
using Retort.Runs;
using Retort.Tests.Pipeline;

namespace Retort.Tests.Cli;

/// <summary><c>retort assess</c> on a copy of the finished run, and on corpora that cannot be assessed in full.</summary>
[Collection(FinishedRunTests.Name)]
public sealed class AssessVerbTests(FinishedRun run) : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly TestTerminal _terminal = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_finished_teacher_is_scored_and_timed_and_the_written_recipe_and_forecast_can_be_read()
    {
        string recipe = Write(run.CopyTo(_folder));
        Assert.Equal(0, await _terminal.Run("assess", recipe, "--output", _folder["advised.yaml"], "--json"));
        AssessmentResult result = JsonSerializer.Deserialize<AssessmentResult>(_terminal.Out.ToString(), JsonForm.Compact)!;
        Assert.Equal((60, 24, 30, 2), (result.Data.Train, result.Data.Dev, result.Data.Test, result.Data.Classes));
        Assert.True(result.Linear!.Accuracy >= 0.9 && result.Teacher!.Accuracy >= 0.9);
        Assert.True(result.Data.CrossValidatedAccuracy >= 0.9);
        Assert.Equal(4, result.Data.Tokens!.Longest);
        Assert.Equal(Verdict.LinearIsEnough, result.Recommendation.Verdict);
        Assert.True(result.Machine.GigaflopsOneThread > 0.1 && result.Machine.GigabytesPerSecond > 0.1);
        Assert.Equal(12, result.Student!.RowAdditions, 6);
        Forecast forecast = Forecast.Load(_folder["tiny"])!;
        Assert.Equal(result.Forecast, forecast);
        Assert.Null(forecast.TeachSeconds);
        Assert.True(forecast.LabelSeconds > 0 && forecast.DistillSeconds > 0 && forecast.StudentP50 > 0 && forecast.TeacherTextsPerSecond > 0);
        // But for its name in the folder, the student that a run leaves is as large.
        long size = new DirectoryInfo(Path.Combine(run.Result.Folder, "students", "seed-1")).EnumerateFiles().Sum(file => file.Length);
        Assert.InRange(forecast.StudentBytes!.Value, size - 100, size + 100);
        Recipe advised = Recipe.Load(_folder["advised.yaml"]);
        Assert.Equal((10, run.Recipe.Distillation.Epochs), (advised.Augmentation.Copies, advised.Distillation.Epochs));
    }

    [Fact]
    public async Task A_teacher_that_is_not_there_yet_is_in_the_forecast_and_needs_decide()
    {
        string recipe = Write(run.Recipe with { Runs = _folder["new"], Results = "" });
        Assert.Equal(0, await _terminal.Run("assess", recipe, "--min-accuracy", "0.5", "--budget-mb", "0.000001"));
        string said = _terminal.Out.ToString();
        Assert.Contains("recommended: nothing that is known here meets the needs", said, StringComparison.Ordinal);
        Assert.Contains("MB, more than 1E-06", said, StringComparison.Ordinal);
        Assert.True(Forecast.Load(_folder["new/tiny"])!.TeachSeconds > 0);
        Assert.True(File.Exists(_folder["new/tiny/assessed.yaml"]));
        Assert.False(Directory.Exists(_folder["new/tiny/teacher"]) || Directory.Exists(_folder["new/tiny/signals"]));
    }

    [Fact]
    public async Task Without_labels_what_cannot_be_told_is_said()
    {
        Recipe finished = run.CopyTo(_folder);
        string recipe = Write(new Recipe
        {
            Name = "unlabelled",
            Runs = _folder.Path,
            Data = finished.Data with { Unlabelled = true },
            Teacher = new() { Sources = [Path.Combine(run.Result.Folder, "teacher")] },
            Student = finished.Student,
            Machine = finished.Machine,
        });
        Assert.Equal(0, await _terminal.Run("assess", recipe));
        string said = _terminal.Out.ToString();
        Assert.Contains("note: the corpus has no labels: neither accuracy, nor label noise", said, StringComparison.Ordinal);
        Assert.Contains("recommended: distil with this recipe", said, StringComparison.Ordinal);
        Assert.DoesNotContain("cross-validated", said, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--min-accuracy 90", "--min-accuracy is 90: expected a share above 0 and up to 1, such as 0.9 for 90 %")]
    [InlineData("--min-accuracy 0", "--min-accuracy is 0: expected a share")]
    [InlineData("--budget-ms -1", "--budget-ms is -1: expected a number above 0")]
    [InlineData("--budget-mb 0", "--budget-mb is 0: expected a number above 0")]
    [InlineData("--texts-per-second NaN", "--texts-per-second is NaN: expected a number above 0")]
    [InlineData("--budget-ms five", "five", "--budget-ms")]
    [InlineData("--output ./", "is a folder")]
    public async Task Needs_that_are_no_numbers_are_refused(string line, params string[] words)
    {
        string recipe = Write(run.Recipe with { Runs = _folder["new"], Results = "" });
        Assert.Equal(2, await _terminal.Run(["assess", recipe, .. line.Split(' ')]));
        Assert.All(words, word => Assert.Contains(word, _terminal.Error.ToString(), StringComparison.Ordinal));
        Assert.False(Directory.Exists(_folder["new"]));
    }

    [Fact]
    public async Task A_file_that_exists_is_not_written_over()
    {
        string recipe = Write(run.Recipe with { Runs = _folder["new"], Results = "" });
        Assert.Equal(2, await _terminal.Run("assess", recipe, "--output", recipe));
        Assert.Contains("exists: expected a new file for --output", _terminal.Error.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("text\tlabel\na\tx\nb\tx\nc\tx\n", 1, "all 3 rows carry the label 'x'")]
    [InlineData("text\tlabel\n", 1, "train.tsv")]
    [InlineData(null, 2, "data.train is not set")]
    public async Task No_data_and_one_class_are_said_to_be_so(string? train, int code, string words)
    {
        string[] data = train is null ? [] : ["--set", $"data.train={_folder.Write("train.tsv", train)}"];
        Assert.Equal(code, await _terminal.Run(["assess", "--set", $"runs={_folder["new"]}", .. data]));
        Assert.Contains(words, _terminal.Error.ToString(), StringComparison.Ordinal);
    }

    private string Write(Recipe recipe) => _folder.Write("recipe.yaml", recipe.ToYaml(commented: false));
}
