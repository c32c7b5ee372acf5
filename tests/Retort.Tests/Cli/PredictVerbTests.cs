using System.Text.Json;
using Retort.Tests.Pipeline;

namespace Retort.Tests.Cli;

/// <summary><c>retort predict</c> with the models of a finished run.</summary>
[Collection(FinishedRunTests.Name)]
public sealed class PredictVerbTests(FinishedRun run) : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("student")]
    [InlineData("teacher")]
    [InlineData("students/seed-2-without-teacher")]
    public async Task Texts_come_as_arguments(string model)
    {
        var terminal = new TestTerminal();
        Assert.Equal(0, await terminal.Run("predict", Model(model), "the good film a", "a bad plot the"));
        string[] lines = Lines(terminal);
        Assert.Equal(["good", "bad"], lines.Select(line => line.Split('\t')[0]));
        Assert.All(lines, line => Assert.InRange(double.Parse(line.Split('\t')[1], System.Globalization.CultureInfo.InvariantCulture), 0.5, 1));
    }

    [Theory]
    [InlineData("student")]
    [InlineData("teacher")]
    public async Task Texts_come_from_standard_input_one_line_out_for_each_line_in(string model)
    {
        var terminal = new TestTerminal("a good film\n\nthe bad end\r\nnever seen words\nthe good end");
        Assert.Equal(0, await terminal.Run("predict", Model(model), "--threads", "1"));
        string[] labels = [.. Lines(terminal).Select(line => line.Split('\t')[0])];
        Assert.Equal(5, labels.Length);
        Assert.Equal(("good", "bad", "good"), (labels[0], labels[2], labels[4]));
    }

    [Fact]
    public async Task Texts_come_from_a_file_and_go_as_JSON_lines()
    {
        var terminal = new TestTerminal();
        Assert.Equal(0, await terminal.Run("predict", Model("student"), "--file", _folder.Write("in.txt", "a good film\nthe \"bad\" é end\n"), "--json"));
        string[] lines = Lines(terminal);
        Assert.Equal(2, lines.Length);
        using JsonDocument json = JsonDocument.Parse(lines[1]);
        Assert.Equal("the \"bad\" é end", json.RootElement.GetProperty("text").GetString());
        Assert.Equal("bad", json.RootElement.GetProperty("labels")[0].GetString());
        double sum = json.RootElement.GetProperty("probabilities").EnumerateObject().Sum(entry => entry.Value.GetDouble());
        Assert.Equal(1, sum, 1e-5);
    }

    [Fact]
    public async Task A_long_text_and_a_thousand_lines_go_through()
    {
        string input = string.Join('\n', Enumerable.Range(0, 1000).Select(k => k % 2 == 0 ? "a good film" : "a bad film"))
            + "\n" + string.Join(' ', Enumerable.Repeat("good film", 20_000)) + "\n";
        var terminal = new TestTerminal(input);
        Assert.Equal(0, await terminal.Run("predict", Model("student")));
        string[] labels = [.. Lines(terminal).Select(line => line.Split('\t')[0])];
        Assert.Equal(1001, labels.Length);
        Assert.All(labels.Take(1000), (label, k) => Assert.Equal(k % 2 == 0 ? "good" : "bad", label));
    }

    [Theory]
    [InlineData("{", 1, "is not JSON")]
    [InlineData("[]", 1, "config.json")]
    [InlineData("{\"model_type\": 3}", 1, "model_type")]
    [InlineData("{\"model_type\": \"gpt2\"}", 1, "gpt2")]
    [InlineData("{\"model_type\": \"retort-textcnn\"}", 1, "config.json")]
    [InlineData(null, 2, "there is no model in")]
    public async Task A_folder_that_holds_no_model_is_refused(string? config, int code, string message)
    {
        var terminal = new TestTerminal();
        if (config is not null)
            _folder.Write("config.json", config);
        Assert.Equal(code, await terminal.Run("predict", _folder.Path, "a good film"));
        Assert.Contains(message, terminal.Error.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("bug in Retort", terminal.Error.ToString(), StringComparison.Ordinal);
        Assert.Empty(terminal.Out.ToString());
    }

    [Theory]
    [InlineData("--file none.txt", "there is no file 'none.txt'")]
    [InlineData("text --file none.txt", "expected one of the two")]
    [InlineData("--threads -1", "machine.threads is -1")]
    [InlineData("--jsn", "did you mean '--json'?")]
    public async Task A_wrong_command_line_is_refused(string rest, string message)
    {
        var terminal = new TestTerminal();
        Assert.Equal(2, await terminal.Run(["predict", Model("student"), .. rest.Split(' ')]));
        Assert.Contains(message, terminal.Error.ToString(), StringComparison.Ordinal);
    }

    private string Model(string name) => Path.Combine(run.Result.Folder, name);

    private static string[] Lines(TestTerminal terminal) => terminal.Out.ToString().TrimEnd('\n').Split('\n');
}
