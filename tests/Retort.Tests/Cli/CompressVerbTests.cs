using Retort.Tests.Pipeline;

namespace Retort.Tests.Cli;

/// <summary><c>retort compress</c> on a copy of a finished run.</summary>
[Collection(FinishedRunTests.Name)]
public sealed class CompressVerbTests(FinishedRun run) : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task The_gates_of_the_command_line_hold_and_the_table_says_what_was_tried()
    {
        string recipe = Recipe();
        var terminal = new TestTerminal();
        Assert.Equal(0, await terminal.Run("compress", recipe, "--max-loss", "30", "--min-agreement", "0.7", "--min-speedup", "0.001",
            "--set", "compression.agreement_texts=60", "--set", "compression.vocabulary_pruning=0", "--set", "distillation.seeds=[1]"));
        string said = terminal.Out.ToString();
        Assert.Matches(@"bits: int8( \*)? +0\.00 +\d+\.\d% +\d+\.\d +[01]\.\d{4} +[01]\.\d{4} +\d[\d.]* +\d+\.\d\d× +taken", said);
        Assert.Contains("filters: −50 %", said, StringComparison.Ordinal);
        Assert.True(File.Exists(_folder["tiny/students/seed-1-compressed/config.json"]));
        Assert.False(Directory.Exists(_folder["tiny/students/seed-2-compressed"]));
    }

    [Fact]
    public async Task Where_nothing_passes_the_summary_says_so_and_calls_no_student_compressed()
    {
        var terminal = new TestTerminal();
        Assert.Equal(0, await terminal.Run("compress", Recipe(), "--min-speedup", "1000000", "--set", "compression.agreement_texts=60", "--set", "compression.epochs=0",
            "--set", "compression.vocabulary_pruning=0", "--set", "compression.width_pruning=0", "--set", "compression.pruning=0", "--set", "distillation.seeds=[1]"));
        string said = terminal.Out.ToString();
        Assert.Contains($"Student of seed 1, not compressed: no step passed the gates, it stays as it was: {_folder["tiny/students/seed-1-compressed"]}", said, StringComparison.Ordinal);
        Assert.DoesNotContain("Student of seed 1, compressed", said, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--max-loss -1", "compression.max_loss is -1")]
    [InlineData("--min-speedup x", "--min-speedup: compression.min_speedup is 'x': expected a number")]
    [InlineData("--min-agreement 2", "compression.min_agreement is 2")]
    [InlineData("--set compression.pruning=1", "compression.pruning is 1")]
    [InlineData("--set compression.percentile=99", "compression.calibration is mse")]
    [InlineData("--set compression.gates=false --max-loss 1", "compression.gates is false")]
    public async Task Wrong_values_are_refused_before_anything_runs(string rest, string message)
    {
        var terminal = new TestTerminal();
        Assert.Equal(2, await terminal.Run(["compress", Recipe(), .. rest.Split(' ')]));
        Assert.Contains(message, terminal.Error.ToString(), StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder["tiny/students/seed-1-compressed"]));
    }

    private string Recipe()
    {
        Retort.Pipeline.Recipe recipe = run.CopyTo(_folder);
        _folder.Write("tiny.yaml", recipe.ToYaml(commented: false));
        return _folder["tiny.yaml"];
    }
}
