using System.Xml.Linq;
using Retort.Evaluation;

namespace Retort.Tests.Evaluation;

public sealed class ResultsPlotTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_committed_plots_are_those_of_the_committed_results()
    {
        string folder = Path.Combine(TestPaths.Root, "docs", "results");
        (string File, string Svg)[] plots = ResultsTables.Plots(folder).ToArray();
        Assert.NotEmpty(plots);
        Assert.Equal(Directory.GetFiles(folder, "*.svg").Order(StringComparer.Ordinal), plots.Select(plot => plot.File));
        Assert.All(plots, plot => Assert.Equal(File.ReadAllText(plot.File), plot.Svg));
    }

    [Fact]
    public void Every_run_is_a_numbered_point_and_more_accuracy_is_higher()
    {
        XElement[] texts = Texts(ResultsPlot.Svg(Lines())!);
        Assert.Contains(texts, text => text.Value == "teacher");
        XElement small = texts.Single(text => text.Value == "2"), large = texts.Single(text => text.Value == "3"), without = texts.Single(text => text.Value == "4");
        Assert.True(X(large) > X(small) && Y(large) < Y(small));
        Assert.Equal(X(small), X(without), 1);
        Assert.True(Y(without) > Y(small));
        Assert.Contains(texts, text => text.Value == "student without teacher");
    }

    [Fact]
    public void Every_model_but_the_teacher_is_a_point()
    {
        ResultsLine line = ResultsLogTests.Line(accuracy: 0.9);
        ResultsLine[] lines = [.. Enum.GetValues<Role>().Select((role, k) => line with { Role = role, Texts = 1000 * (k + 1), Bytes = 1000 * (k + 1) })];
        string[] drawn = [.. Texts(ResultsPlot.Svg(lines)!).Select(text => text.Value)];
        Assert.All(Enum.GetValues<Role>(), role => Assert.Contains(role.Title(), drawn));
    }

    [Theory]
    [InlineData(1000)]
    [InlineData(300_000)]
    public void Numbers_of_many_runs_of_the_largest_size_stand_on_the_plot(int smallest)
    {
        ResultsLine line = ResultsLogTests.Line(accuracy: 0.9) with { Texts = smallest };
        ResultsLine[] lines = [line, .. Enumerable.Range(0, 12).Select(k => line with { Texts = 1_200_000, Settings = $"a={k}" })];
        XElement[] texts = Texts(ResultsPlot.Svg(lines)!);
        Assert.InRange(X(texts.Single(text => text.Value == "9")), 660, 760 - 16);
        // For more there is no room.
        XElement rest = texts.Single(text => text.Value == "…");
        Assert.InRange(X(rest), X(texts.Single(text => text.Value == "9")) + 12, 760 - 16);
        Assert.DoesNotContain(texts, text => text.Value is "10" or "13");
    }

    [Fact]
    public void Numbers_of_points_that_nearly_coincide_stand_beside_each_other()
    {
        ResultsLine line = ResultsLogTests.Line(accuracy: 0.9) with { Texts = 1000 };
        ResultsLine[] lines = [line with { Texts = 100, TestAccuracy = 0.8 }, .. Enumerable.Range(0, 4).Select(k => line with { Texts = 1000 + k, Settings = $"a={k}" })];
        XElement[] numbers = [.. Texts(ResultsPlot.Svg(lines)!).Where(text => text.Value is "2" or "3" or "4" or "5")];
        double[] places = [.. numbers.Select(X).Order()];
        Assert.Equal(4, places.Length);
        Assert.All(places.Zip(places.Skip(1)), pair => Assert.True(pair.Second - pair.First > 12, $"{pair}"));
    }

    [Fact]
    public void Runs_of_one_size_make_no_plot()
    {
        Assert.Null(ResultsPlot.Svg([]));
        Assert.Null(ResultsPlot.Svg(Lines().Select(line => line with { Texts = 100 }).ToArray()));
        Assert.Null(ResultsPlot.Svg(Lines().Select(line => line with { Texts = null }).ToArray()));
    }

    [Fact]
    public void Compressed_students_are_drawn_over_their_size_on_disk()
    {
        ResultsLine[] lines = Lines();
        ResultsLine whole = lines.First(line => line.Role == Role.Student) with { Texts = 1000, Bytes = 60_000_000, TestAccuracy = 0.85 };
        XElement[] texts = Texts(ResultsPlot.Svg(
        [
            whole, whole with { Role = Role.StudentCompressed, Settings = "a=1", Bytes = 30_000_000, TestAccuracy = 0.84 },
            whole with { Role = Role.StudentCompressed, Settings = "a=2", Bytes = 15_000_000, TestAccuracy = 0.82 },
        ])!);
        XElement first = texts.Single(text => text.Value == "1"), second = texts.Single(text => text.Value == "2"), third = texts.Single(text => text.Value == "3");
        Assert.True(X(third) < X(second) && X(second) < X(first));
        Assert.True(Y(third) > Y(second) && Y(second) > Y(first));
        Assert.Contains(texts, text => text.Value == "size on disk, MB");
        Assert.Contains(texts, text => text.Value == "student compressed");
    }

    [Fact]
    public void A_page_shows_the_plot_above_the_table_and_an_update_writes_it()
    {
        string page = _folder.Write("results.md", "<!-- results:begin sst2 -->\n<!-- results:end -->\n");
        ResultsLog log = ResultsLog.Open(_folder[Path.Combine("results", "sst2.csv")]);
        foreach (ResultsLine line in Lines())
            log.Append(line);
        Assert.True(ResultsTables.Update(page, _folder["results"]));
        Assert.Contains("(results/sst2.svg)\n\n| run |", File.ReadAllText(page), StringComparison.Ordinal);
        Assert.True(File.Exists(_folder["results/sst2.svg"]));
        Assert.False(ResultsTables.Update(page, _folder["results"]));
        File.WriteAllText(_folder["results/sst2.svg"], "old");
        Assert.True(ResultsTables.Update(page, _folder["results"]));
    }

    private static ResultsLine[] Lines()
    {
        ResultsLine line = ResultsLogTests.Line(accuracy: 0.85) with { Texts = 1000 };
        return
        [
            line with { Role = Role.Teacher, Texts = null, TestAccuracy = 0.92 },
            line, line with { Seed = 2, TestAccuracy = 0.86 },
            line with { Texts = 8000, Settings = "more", TestAccuracy = 0.9 },
            line with { Role = Role.StudentWithoutTeacher, TestAccuracy = 0.8 },
        ];
    }

    private static XElement[] Texts(string svg) => XDocument.Parse(svg).Descendants().Where(element => element.Name.LocalName == "text").ToArray();

    private static double X(XElement text) => Coordinates(text)[0];

    private static double Y(XElement text) => Coordinates(text)[1];

    private static double[] Coordinates(XElement text)
    {
        string transform = text.Attribute("transform")!.Value;
        return transform[(transform.IndexOf('(', StringComparison.Ordinal) + 1)..transform.IndexOf(')', StringComparison.Ordinal)].Split(',')
            .Select(value => double.Parse(value, System.Globalization.CultureInfo.InvariantCulture)).ToArray();
    }
}
