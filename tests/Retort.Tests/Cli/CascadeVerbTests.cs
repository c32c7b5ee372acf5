using System.Text.Json;
using Retort.Tests.Pipeline;

namespace Retort.Tests.Cli;

/// <summary><c>retort cascade</c> on a copy of a finished run.</summary>
[Collection(FinishedRunTests.Name)]
public sealed class CascadeVerbTests(FinishedRun run) : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task It_says_who_answers_what_and_what_dev_supports()
    {
        string recipe = Recipe();
        var terminal = new TestTerminal();
        Assert.Equal(0, await terminal.Run("cascade", recipe));
        string said = terminal.Out.ToString();
        Assert.Contains("loss of at most 0.5 at 95 %", said, StringComparison.Ordinal);
        Assert.Contains("With 24 texts dev does not show", said, StringComparison.Ordinal);
        Assert.Contains("student alone", said, StringComparison.Ordinal);

        terminal = new TestTerminal();
        Assert.Equal(0, await terminal.Run("cascade", recipe, "--epsilon", "100", "--json"));
        using JsonDocument json = JsonDocument.Parse(terminal.Out.ToString());
        Assert.Equal(0, json.RootElement.GetProperty("cascade").GetProperty("chosen").GetProperty("threshold").GetDouble());
    }

    [Theory]
    [InlineData("--epsilon -1", "--epsilon: cascade.epsilon is -1: expected a number from 0 to 100")]
    [InlineData("--epsilon x", "--epsilon: cascade.epsilon is 'x': expected a number")]
    [InlineData("--out-of-scope none.txt", "none.txt: there is no such file; expected texts that belong to no class")]
    [InlineData("--set cascade.confidence=95", "cascade.confidence is 95: expected a number from 0.5 to 0.9999")]
    [InlineData("--set cascade.coverage=1", "cascade.coverage is 1: expected a number from 0 to below 1")]
    [InlineData("--set cascade.max_rejected=3", "cascade.max_rejected has no effect while cascade.out_of_scope is empty")]
    public async Task Wrong_values_are_refused_before_anything_runs(string rest, string message)
    {
        var terminal = new TestTerminal();
        Assert.Equal(2, await terminal.Run(["cascade", Recipe(), .. rest.Split(' ')]));
        Assert.Contains(message, terminal.Error.ToString(), StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder["tiny/cascade"]));
    }

    private string Recipe() => _folder.Write("tiny.yaml", run.CopyTo(_folder).ToYaml(commented: false));
}
