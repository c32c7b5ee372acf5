using Retort.Baselines;
using Retort.Evaluation;
using Retort.Pipeline;
using Retort.Runs;

namespace Retort.Tests.Pipeline;

/// <summary>The linear baseline as a stage of a run, each on a copy of the finished run.</summary>
[Collection(FinishedRunTests.Name)]
public sealed class LinearRunTests(FinishedRun run) : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly List<string> _messages = [];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void It_stands_beside_the_others_and_is_trained_once()
    {
        Recipe recipe = run.CopyTo(_folder) with { Baseline = new BaselineOptions(), Results = _folder["results.csv"] };
        RunResult result = Again(recipe);
        Assert.Contains("linear runs: it has not been run yet", _messages);
        Assert.Contains("evaluate runs: linear changed", _messages);
        ComparisonRow row = result.Report!.Test.Rows[^1];
        Assert.Equal((Role.Linear, 1), (row.Role, row.Seeds));
        Assert.True(row.Accuracy!.Mean >= 0.9, $"{row.Accuracy}");
        Assert.True(row.Agreement!.Mean >= 0.9, $"{row.Agreement}");
        Assert.Equal(new FileInfo(_folder["tiny/linear/model.zip"]).Length, row.Bytes);
        Assert.True(row.Latency!.P50 > 0 && row.SpeedRatio > 0);
        Assert.Contains("linear baseline", result.Report.Test.ToText(), StringComparison.Ordinal);
        Assert.Contains("\"role\": \"linear\"", File.ReadAllText(_folder["tiny/report/results.json"]), StringComparison.Ordinal);
        ResultsLine line = Assert.Single(ResultsLog.Open(recipe.Results).Read(), line => line.Role == Role.Linear);
        Assert.Equal(("defaults", 60), (line.Settings, line.Texts));
        Assert.Equal(result.Linear!.Elapsed.TotalSeconds, line.Seconds, 0.06);

        _messages.Clear();
        Again(recipe with { Distillation = recipe.Distillation with { Seeds = [1] } });
        Assert.Contains("linear is up to date", _messages);
        _messages.Clear();
        File.Delete(_folder["tiny/linear/model.zip"]);
        Again(recipe);
        Assert.Contains("linear runs: linear/model.zip is missing or changed", _messages);
    }

    [Fact]
    public void Left_out_it_leaves_no_trace()
    {
        RunResult result = Again(run.CopyTo(_folder));
        Assert.Null(result.Linear);
        Assert.DoesNotContain(_messages, message => message.Contains(" runs", StringComparison.Ordinal));
        Assert.False(Directory.Exists(_folder["tiny/linear"]));
    }

    [Fact]
    public void Rows_that_were_drawn_stand_in_its_settings()
    {
        Recipe recipe = run.CopyTo(_folder) with { Baseline = new BaselineOptions(), Results = _folder["results.csv"], Data = run.Recipe.Data with { TrainLimit = 40 } };
        Again(recipe);
        ResultsLine line = Assert.Single(ResultsLog.Open(recipe.Results).Read(), line => line.Role == Role.Linear);
        Assert.Equal(("data.train_limit=40", 40), (line.Settings, line.Texts));
    }

    [Fact]
    public void Without_labels_the_option_says_that_it_has_no_effect()
    {
        var error = Assert.Throws<UsageException>(() => Recipe.Parse("data:\n  unlabelled: true\n  train: a.txt\nteacher:\n  sources: t.tsv\nbaseline:\n  linear: true\n", "r.yaml"));
        Assert.Contains("baseline.linear", error.Message, StringComparison.Ordinal);
    }

    private RunResult Again(Recipe recipe) => FinishedRun.Run(recipe, Stage.Evaluate, messages: _messages);
}
