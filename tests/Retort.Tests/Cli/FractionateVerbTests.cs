using System.Text.Json;
using Retort.Tests.Pipeline;

namespace Retort.Tests.Cli;

/// <summary><c>retort fractionate</c> on a finished run: it shows, and trains nothing.</summary>
[Collection(FinishedRunTests.Name)]
public sealed class FractionateVerbTests : IDisposable
{
    private readonly TestTerminal _terminal = new();
    private readonly TemporaryFolder _folder = new();
    private readonly string _recipe;

    public FractionateVerbTests(FinishedRun run) => _recipe = _folder.Write("copy.yaml", run.CopyTo(_folder).ToYaml(commented: false));

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task It_shows_choices_classes_scores_and_texts()
    {
        Assert.Equal(0, await _terminal.Run("fractionate", _recipe, "--set", "fractionation.scores=[entropy, margin]", "--set", "fractionation.schedule=stages"));
        string output = _terminal.Out.ToString();
        Assert.Matches("(?m)^from step +fraction +texts +of +in the one before\n0 +0.5 +30 +60 +–\n14 +0.3 +18 +60 ", output);
        Assert.Matches("(?m)^class +of all texts +of what is seen from step 0 on", output);
        Assert.Matches("(?m)^good +50.0 % +[0-9.]+ % ", output);
        Assert.Matches("(?m)^entropy +[0-9.]+ to [0-9.]+ +lowest chosen\nall texts ", output);
        foreach (string title in (string[])["The highest entropy:\n", "The lowest entropy:\n", "The highest margin:\n", "The lowest margin:\n"])
            Assert.Contains(title, output, StringComparison.Ordinal);
        Assert.Matches(@"  0\.\d{4}  \w+ (good|bad) \w+ \w+\n", output);
        Assert.False(Directory.Exists(_folder["tiny/fractions"]));
    }

    [Fact]
    public async Task It_prints_JSON_on_request()
    {
        Assert.Equal(0, await _terminal.Run("fractionate", _recipe, "--json", "--set", "fractionation.scores=[entropy]", "--set", "fractionation.select=highest"));
        using JsonDocument json = JsonDocument.Parse(_terminal.Out.ToString());
        JsonElement choice = json.RootElement.GetProperty("fractions")[0];
        Assert.Equal(18, choice.GetProperty("chosen").GetInt32());
        Assert.Equal("entropy", choice.GetProperty("scores")[0].GetProperty("name").GetString());
    }

    [Fact]
    public async Task It_writes_a_page_on_request()
    {
        string page = _folder["a page.html"];
        Assert.Equal(0, await _terminal.Run("fractionate", _recipe, "--html", page, "--set", "fractionation.scores=[entropy]"));
        Assert.Contains("<h1>tiny: what would be distilled on</h1>", File.ReadAllText(page), StringComparison.Ordinal);
        Assert.Matches("(?m)^entropy +[0-9.]+ to ", _terminal.Out.ToString());
    }

    [Theory]
    [InlineData("", "'' is no name: expected the name of a file, such as fraction.html")]
    [InlineData(".", "'.' is a folder: expected the name of a file, such as fraction.html")]
    public async Task A_page_that_cannot_be_written_is_told_of_before_anything_runs(string page, string message)
    {
        Assert.Equal(2, await _terminal.Run("fractionate", _recipe, "--html", page, "--set", "fractionation.scores=[entropy]"));
        Assert.Contains(message, _terminal.Error.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("label", _terminal.Error.ToString(), StringComparison.Ordinal);
        Assert.Empty(_terminal.Out.ToString());
    }

    [Fact]
    public async Task Without_scores_it_says_what_there_is()
    {
        Assert.Equal(2, await _terminal.Run("fractionate", _recipe));
        Assert.Contains("fractionation.scores is empty: expected one or several of random, random_anew, entropy", _terminal.Error.ToString(), StringComparison.Ordinal);
        Assert.Empty(_terminal.Out.ToString());
    }

    [Theory]
    [InlineData("distill RECIPE --compare", "--compare: fractionation.compare has no effect while fractionation.scores is empty")]
    [InlineData("distill RECIPE --set fractionation.scores=[entropi]", "did you mean entropy?")]
    [InlineData("distill RECIPE --set fractionation.scores=[entropy] --set fractionation.fraction=0.02", "a fraction of 0.02 of 60 texts is 1, and there are 2 classes")]
    public async Task What_is_wrong_is_said(string line, string message)
    {
        Assert.Equal(2, await _terminal.Run([.. line.Split(' ').Select(word => word == "RECIPE" ? _recipe : word)]));
        Assert.Contains(message, _terminal.Error.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("frac", "fractionate")]
    [InlineData("run r.yaml --com", "--compare")]
    [InlineData("run r.yaml --set fractionation.sc", "fractionation.scores=")]
    public async Task It_is_completed(string line, string completion)
    {
        Assert.Equal(0, await _terminal.Run("completion", "suggest", $"{line.Length}", line));
        Assert.Contains(completion, _terminal.Out.ToString().Split('\n'));
    }
}
