using Retort.Tests.Pipeline;

namespace Retort.Tests.Cli;

/// <summary>What <c>tune</c> says to those who give something wrong, before anything is taught.</summary>
[Collection(FinishedRunTests.Name)]
public sealed class TuneVerbTests(FinishedRun run) : IDisposable
{
    private readonly TestTerminal _terminal = new();
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("tune RECIPE --vary distillation.temprature=1,2", "unknown key 'distillation.temprature'", "did you mean 'distillation.temperature'?")]
    [InlineData("tune RECIPE --vary distillation.temperature=1,2", "distillation.temperature has no effect while distillation.soft_label_loss is mse")]
    [InlineData("tune RECIPE --vary student.filters=0,64", "student.filters is 0: expected a number of at least 1")]
    [InlineData("tune RECIPE --vary student.filters=1..1000000", "the grid has 1,000,000 points", "--max-trials")]
    [InlineData("tune RECIPE --vary distillation.learning_rate=1e-4..5e-3:log", "no end of points", "--max-trials")]
    [InlineData("tune RECIPE --vary student.filters=6", "the grid is empty")]
    [InlineData("tune RECIPE --strategy gird", "--strategy is 'gird': expected one of grid, random, halving, tpe; did you mean grid?")]
    [InlineData("tune RECIPE --rungs 1,2", "--rungs is for halving")]
    [InlineData("tune RECIPE --strategy tpe", "the grid has 12 points: say with --max-trials how many of them are tried")]
    [InlineData("tune RECIPE --strategy tpe --max-trials 8", "--max-trials is 8, and tpe draws its first 10 points at random: expected more, or --strategy random")]
    [InlineData("tune RECIPE --strategy halving --rungs 3,1", "expected numbers of epochs that rise")]
    [InlineData("tune RECIPE --strategy halving --rungs one", "--rungs is 'one': expected numbers of epochs")]
    [InlineData("tune RECIPE --max-trials 0", "--max-trials is 0: expected a number from 1 to 100000")]
    [InlineData("tune RECIPE --max-latency-us -1", "--max-latency-us is -1: expected a number above 0")]
    [InlineData("tune RECIPE --workers -1", "--workers is -1")]
    [InlineData("tune RECIPE --ablate --vary student.filters=3,4", "--ablate walks steps of its own")]
    [InlineData("tune RECIPE --objective loss", "--objective: distillation.metric is 'loss'")]
    [InlineData("tune --join none", "there is no study in", "expected the folder of one that has begun")]
    [InlineData("tune RECIPE --join none", "--join and the recipe")]
    [InlineData("tune --join none --vary student.filters=3,4", "--join and --vary at once: expected at most --workers and --json beside it")]
    [InlineData("tune --join none --set student.filters=3", "--join and --set at once")]
    [InlineData("tune --join none --threads 1", "--join and --threads at once")]
    [InlineData("tune RECIPE --finalists many", "--finalists is 'many': expected a whole number")]
    [InlineData("assess RECIPE --budget-ms 5ms", "--budget-ms is '5ms': expected a number")]
    public async Task What_is_wrong_is_said_with_code_2_before_anything_runs(string line, params string[] words)
    {
        string recipe = _folder.Write("r.yaml", (run.Recipe with { Runs = _folder["runs"], Results = "" }).ToYaml(commented: false));
        Assert.Equal(2, await _terminal.Run([.. line.Split(' ').Select(word => word == "RECIPE" ? recipe : word)]));
        Assert.All(words, word => Assert.Contains(word, _terminal.Error.ToString(), StringComparison.Ordinal));
        Assert.Empty(_terminal.Out.ToString());
        Assert.False(Directory.Exists(_folder["runs"]));
    }

    [Fact]
    public async Task A_database_that_is_none_is_said_with_code_1()
    {
        string file = _folder.Write("study.db", new string('x', 5000));
        Assert.Equal(1, await _terminal.Run("tune", "--join", _folder.Path));
        Assert.Contains($"{file} is damaged, or no database", _terminal.Error.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("bug in Retort", _terminal.Error.ToString(), StringComparison.Ordinal);
    }
}
