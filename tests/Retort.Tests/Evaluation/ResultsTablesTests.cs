using Retort.Evaluation;
using Retort.Runs;

namespace Retort.Tests.Evaluation;

public sealed class ResultsTablesTests : IDisposable
{
    private const string Page = "# Results\n\n<!-- results:begin sst2 -->\nold\n<!-- results:end -->\n\nThe end.\n";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Rendering_the_committed_page_again_changes_nothing()
    {
        string docs = Path.Combine(TestPaths.Root, "docs");
        string page = File.ReadAllText(Path.Combine(docs, "results.md"));

        Assert.Equal(page, ResultsTables.Render(page, Path.Combine(docs, "results"), "docs/results.md"));
    }

    [Fact]
    public void Seeds_are_averaged_and_the_newest_line_of_a_seed_counts()
    {
        ResultsLine one = ResultsLogTests.Line(seed: 1, accuracy: 0.5);

        string table = ResultsTables.Table(
        [
            one,
            one with { TestAccuracy = 0.88 },
            one with { Seed = 2, TestAccuracy = 0.90, Commit = "def5678" },
            one with { Role = Role.Teacher, Settings = "epochs=1", TestAccuracy = 0.95 },
            one with { Settings = "epochs=9 loss=mse", TestAccuracy = 0.80 },
        ]);

        string[] lines = table.Split('\n');
        Assert.StartsWith("| 1 teacher | 1 | – | 0.9100 | 0.9500 | – |", lines[2], StringComparison.Ordinal);
        Assert.StartsWith("| 2 student | 2 | – | 0.9100 ± 0.0000 | 0.8900 ± 0.0141 | – | – | – | 4.20 MB | 31.3 |", lines[3],
            StringComparison.Ordinal);
        Assert.StartsWith("| 3 student | 1 |", lines[4], StringComparison.Ordinal);
        Assert.Contains("2. student, `epochs=3 loss=mse`, seeds 1, 2, commit abc1234, def5678, Some \"CPU\", 2 cores:\n"
            + "   `retort run sst2.yaml --set distillation.windows=[2,3]`\n", table, StringComparison.Ordinal);
    }

    [Fact]
    public void No_difference_is_sure()
    {
        ResultsLine plain = ResultsLogTests.Line(seed: 1, accuracy: 0.5) with { Settings = "epochs=3", TestAccuracy = 0.80 }, other = plain with { Settings = "epochs=3 hidden_weight=1", TestAccuracy = 0.82 };
        string table = ResultsTables.Table([plain, plain with { Seed = 2 }, plain with { Seed = 3 },
            other, other with { Seed = 2, TestAccuracy = 0.8201 }, other with { Seed = 3, TestAccuracy = 0.8199 }], compared: true);
        Assert.Contains("| +2.00 | < 0.01 |", table, StringComparison.Ordinal);
    }

    [Fact]
    public void Students_are_compared_with_the_plainest_seed_by_seed()
    {
        ResultsLine plain = ResultsLogTests.Line(seed: 1, accuracy: 0.5) with { Settings = "epochs=3", TestAccuracy = 0.80 }, other = plain with { Settings = "epochs=3 hidden_weight=1", TestAccuracy = 0.82 };
        ResultsLine[] lines =
        [
            other, other with { Seed = 2, TestAccuracy = 0.83 }, other with { Seed = 3, TestAccuracy = 0.85 }, other with { Seed = 9, TestAccuracy = 0.1 },
            plain, plain with { Seed = 2 }, plain with { Seed = 3, TestAccuracy = 0.84 },
            plain with { Role = Role.StudentWithoutTeacher, TestAccuracy = 0.79 },
            plain with { Role = Role.Teacher, TestAccuracy = 0.95 },
        ];
        string table = ResultsTables.Table(lines, compared: true);
        string[] rows = [.. table.Split('\n').Select(row => string.Join('|', row.Split('|').Skip(1).Take(7).Select(cell => cell.Trim())))];
        Assert.Equal("run|n|texts|dev accuracy|test accuracy|over run 3, points|p", rows[0]);
        Assert.EndsWith("|0.9500|–|–", rows[2], StringComparison.Ordinal);
        // 2, 3 and 1 points of the three seeds that both have: t = 2 / (1 / √3), with two degrees of freedom.
        Assert.StartsWith("2 student, `hidden_weight=1`|4|", rows[3], StringComparison.Ordinal);
        Assert.EndsWith("|+2.00|0.07", rows[3], StringComparison.Ordinal);
        Assert.StartsWith("3 student|3|", rows[4], StringComparison.Ordinal);
        Assert.EndsWith("|–|–", rows[4], StringComparison.Ordinal);
        Assert.EndsWith("|−1.00|–", rows[5], StringComparison.Ordinal);
        Assert.DoesNotContain("over run", ResultsTables.Table(lines), StringComparison.Ordinal);
        string page = ResultsTables.Render("<!-- results:begin sst2 compared -->\n<!-- results:end -->", _folder["results"], "results.md");
        Assert.Contains("*No runs yet.*", page, StringComparison.Ordinal);
    }

    [Fact]
    public void Only_what_stands_between_the_markers_changes_and_twice_is_as_once()
    {
        string page = _folder.Write("results.md", Page);

        Assert.True(ResultsTables.Update(page, _folder["results"]));
        Assert.Equal(Page.Replace("\nold\n", "\n\n*No runs yet.*\n\n", StringComparison.Ordinal), File.ReadAllText(page));
        Assert.False(ResultsTables.Update(page, _folder["results"]));

        ResultsLog.Open(_folder[Path.Combine("results", "sst2.csv")]).Append(ResultsLogTests.Line());
        Assert.True(ResultsTables.Update(page, _folder["results"]));
        Assert.False(ResultsTables.Update(page, _folder["results"]));
        Assert.Contains("| 1 student | 1 | – | 0.9100 |", File.ReadAllText(page), StringComparison.Ordinal);
        Assert.EndsWith("<!-- results:end -->\n\nThe end.\n", File.ReadAllText(page), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("<!-- results:begin a -->\n", "a begins and does not end")]
    [InlineData("<!-- results:begin a -->\n<!-- results:begin b -->\n<!-- results:end -->", "a begins and does not end")]
    [InlineData("<!-- results:begin a --><!-- results:end --><!-- results:begin a --><!-- results:end -->", "a begins twice")]
    public void Broken_markers_are_refused(string page, string message)
    {
        var error = Assert.Throws<RetortException>(() => ResultsTables.Render(page, _folder.Path, "results.md"));

        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_table_whose_file_is_gone_stays()
    {
        string page = _folder.Write("results.md", Page), file = _folder[Path.Combine("results", "sst2.csv")];
        ResultsLog.Open(file).Append(ResultsLogTests.Line());
        ResultsTables.Update(page, _folder["results"]);
        string before = File.ReadAllText(page);
        File.Delete(file);

        var error = Assert.Throws<RetortException>(() => ResultsTables.Update(page, _folder["results"]));

        Assert.Contains($"has the table of sst2, and {file} is not there or has no line", error.Message, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllText(page));
    }

    [Fact]
    public void Results_without_a_place_on_the_page_are_not_forgotten()
    {
        ResultsLog.Open(_folder["lost.csv"]).Append(ResultsLogTests.Line());

        var error = Assert.Throws<RetortException>(() => ResultsTables.Render(Page, _folder.Path, "results.md"));

        Assert.Contains("no place for the results of lost", error.Message, StringComparison.Ordinal);
    }
}
