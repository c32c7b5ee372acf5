using System.Text.Json;
using Retort.Assessment;
using Retort.Runs;
using Retort.Runtime;
using Retort.Tests.Pipeline;

namespace Retort.Tests.Cli;

/// <summary><c>retort bench</c> with the student of a finished run.</summary>
[Collection(FinishedRunTests.Name)]
public sealed class BenchVerbTests(FinishedRun run) : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Kernels_budgets_threads_and_engines_are_timed_and_the_best_is_a_profile_that_the_runtime_loads()
    {
        string student = Path.Combine(run.Result.Folder, "student");
        var terminal = new TestTerminal();
        Assert.Equal(0, await terminal.Run("bench", student, "--texts", run.Data("test.tsv"), "--output", _folder["profile.json"], "--json"));
        BenchResult result = JsonSerializer.Deserialize<BenchResult>(terminal.Out.ToString(), JsonForm.Compact)!;
        Assert.Equal(["scalar", "v128", "v256", "v512"], result.Kernels.Select(time => time.What).Order());
        Assert.Equal(TextClassifier.Kernel, result.Kernels[0].What);
        Assert.Equal(["Retort", "ONNX Runtime"], result.Engines.Select(time => time.What));
        Assert.All([result.Kernels, result.Budgets, result.Threads, result.Engines], times =>
        {
            Assert.Equal(1, times[0].Ratio);
            Assert.All(times, time => Assert.True(time.TextsPerSecond > 0));
        });
        var profile = TextClassifierOptions.Load(_folder["profile.json"]);
        Assert.Equal(result.Profile, profile);
        Assert.Equal(result.Kernels.MaxBy(time => time.TextsPerSecond)!.What, profile.Kernel);
        using var classifier = TextClassifier.Load(student, profile);
        Assert.NotEmpty(classifier.Classify("a good film").Label);
    }

    [Theory]
    [InlineData(2, "no-folder", "no-folder")]
    [InlineData(2, "STUDENT --texts none.tsv", "none.tsv: no such file")]
    [InlineData(2, "STUDENT --output FOLDER", "is a folder")]
    public async Task A_wrong_command_line_is_refused_and_no_profile_is_written(int code, string rest, string message)
    {
        string[] words = rest.Replace("STUDENT", Path.Combine(run.Result.Folder, "student"), StringComparison.Ordinal)
            .Replace("FOLDER", _folder.Path, StringComparison.Ordinal).Split(' ');
        var terminal = new TestTerminal();
        Assert.Equal(code, await terminal.Run(["bench", .. words]));
        Assert.Contains(message, terminal.Error.ToString(), StringComparison.Ordinal);
        Assert.Empty(terminal.Out.ToString());
        Assert.False(File.Exists(_folder["profile.json"]));
    }
}
