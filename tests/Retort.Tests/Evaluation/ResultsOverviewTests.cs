using Retort.Evaluation;
using Retort.Runs;

namespace Retort.Tests.Evaluation;

public sealed class ResultsOverviewTests : IDisposable
{
    private const string Settings = "epochs=3 loss=mse";

    private readonly TemporaryFolder _folder = new();

    public ResultsOverviewTests()
    {
        ResultsLine line = ResultsLogTests.Line();
        ResultsLog first = ResultsLog.Open(_folder["a.csv"]), second = ResultsLog.Open(_folder["b.csv"]);
        first.Append(line with { Texts = 54_000, TestMacroF1 = 0.8 });
        first.Append(line with { Seed = 2, Texts = 54_000, TestAccuracy = 0.8, TestMacroF1 = 0.7 });
        first.Append(line with { Settings = "epochs=9" });
        second.Append(line with { Role = Role.FastText, Settings = "lr=1", TestAccuracy = 0.7, P50 = null, Command = "fasttext b" });
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Chosen_runs_of_several_files_stand_in_one_table_with_their_commands()
    {
        string page = Page($"Films | distilled | a | student | {Settings}\n  News | fastText | b | fast-text | lr=1");
        string rendered = Render(page);
        Assert.StartsWith(page.Split("-->")[0] + "-->\n\n| model | n |", rendered, StringComparison.Ordinal);
        Assert.Contains("| 1 Films: distilled | 2 | 54,000 | 0.8500 ± 0.0707 | 0.7500 ± 0.0707 | 4.20 MB | 31.3 | – |\n| 2 News: fastText | 1 | – | 0.7000 | – | 4.20 MB | – | – |\n",
            rendered, StringComparison.Ordinal);
        Assert.Contains("2. fastText, `lr=1`, seeds 1, commit abc1234, Some \"CPU\", 2 cores:\n   `fasttext b`\n", rendered, StringComparison.Ordinal);
        Assert.Equal(rendered, ResultsTables.Render(rendered, _folder.Path, "results.md"));
    }

    [Theory]
    [InlineData("Films | distilled | a | student | epochs=4", "the student of a.csv with the settings 'epochs=4', and there is none; it has\n  epochs=3 loss=mse\n  epochs=9")]
    [InlineData("Films | linear | b | linear | defaults", "the linear baseline of b.csv with the settings 'defaults', and there is none; it has no such model at all")]
    [InlineData("Films | distilled | a | student", "the overview has the line 'Films | distilled | a | student': expected DATA | MODEL | FILE | ROLE | SETTINGS")]
    [InlineData("Films | distilled | a | pupil | epochs=3", "of a role such as student")]
    public void What_is_not_there_is_refused(string line, string said) =>
        Assert.Contains(said, Assert.Throws<RetortException>(() => Render(Page(line))).Message, StringComparison.Ordinal);

    [Fact]
    public void Without_lines_it_is_an_empty_table() => Assert.StartsWith("<!-- results:overview\n-->\n\n| model | n |", Render("<!-- results:overview\n-->\n<!-- results:end -->"), StringComparison.Ordinal);

    [Fact]
    public void It_stands_once_and_ends()
    {
        string page = Page($"Films | distilled | a | student | {Settings}");
        Assert.Contains("the overview begins twice", Assert.Throws<RetortException>(() => Render(page + page)).Message, StringComparison.Ordinal);
        string open = page.Replace("<!-- results:end -->", "", StringComparison.Ordinal);
        Assert.Contains("the overview begins and does not end", Assert.Throws<RetortException>(() => Render(open)).Message, StringComparison.Ordinal);
    }

    private static string Page(string lines) => $"<!-- results:overview\n{lines}\n-->\nold\n<!-- results:end -->\n";

    private string Render(string page) =>
        ResultsTables.Render(page + "<!-- results:begin a -->\n<!-- results:end --><!-- results:begin b -->\n<!-- results:end -->", _folder.Path, "results.md");
}
