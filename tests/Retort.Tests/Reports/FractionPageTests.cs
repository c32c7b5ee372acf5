using System.Globalization;
using System.Xml.Linq;
using Retort.Fractionation;
using Retort.Reports;

namespace Retort.Tests.Reports;

public sealed class FractionPageTests
{
    private static readonly ScoreSummary Entropy = new("entropy", 0, 0.69315, 0.5, Parts(0), Parts(19),
        [new ScoredText(4, 0.69, "<b>hard & long</b>")], [new ScoredText(0, 0, "easy")]);

    private static readonly FractionSummary[] Choices =
    [
        new(0, 0, 0.5, 2000, 1000, null, [new("a class with a very long name", 0.75, 0.5), new("y", 0.25, 0.5)], [Entropy]),
        new(1, 1300, 0.25, 2000, 500, 0.4, [], []),
    ];

    [Fact]
    public void It_tells_of_every_choice()
    {
        XElement page = Page();
        Assert.Equal("a < b", page.Descendants("h1").Single().Value);
        Assert.Equal([["0", "0.5", "1,000", "2,000", "–"], ["1,300", "0.25", "500", "2,000", "40.0 %"]], PageXml.Cells(page.Descendants("table").First()));
        Assert.Equal(["From step 0: 1,000 of 2,000 texts", "From step 1,300: 500 of 2,000 texts"], page.Descendants("h2").Select(title => title.Value));
        Assert.Equal("No score says anything of these texts: one that follows the student does so once there is a student to look at.",
            PageXml.Sections(page)["choice-1"].Element("p")!.Value);
    }

    [Fact]
    public void Where_nothing_is_left_out_it_says_so() =>
        Assert.Contains("<p>All texts.</p>", FractionPage.ToHtml("t", [new(0, 0, 1, 7, 7, null, [], [])]), StringComparison.Ordinal);

    [Fact]
    public void An_adaptive_choice_says_what_it_went_by() => Assert.Contains("<p>The fraction went by agreement 0.9120 on dev, best before 0.9050: fewer.</p>",
        FractionPage.ToHtml("t", [Choices[0], Choices[1] with { Reason = new AdaptiveReason(0.912, 0.905, 0.5) }]), StringComparison.Ordinal);

    [Fact]
    public void Bars_are_as_long_as_the_shares_and_lines_as_high()
    {
        XElement[] figures = [.. PageXml.Sections(Page())["choice-0"].Elements("figure")];
        double[] widths = [.. figures[0].Element("svg")!.Descendants("rect").Select(bar => (double)bar.Attribute("width")!)];
        Assert.Equal([3, 2, 1, 2], widths.Select(width => Math.Round(width / widths[2], 1)));
        Assert.Equal("entropy", figures[1].Element("h3")!.Value);
        Assert.Equal(["all texts", "chosen texts"], figures[1].Descendants("li").Select(entry => entry.Value));
        double[][] heights = [.. figures[1].Element("svg")!.Descendants("path").Select(Heights)];
        Assert.Equal([0, 19], heights.Select(line => Array.IndexOf(line, line.Min())));
        Assert.All(heights, line => Assert.Equal(2, line.Distinct().Count()));
    }

    [Fact]
    public void Texts_are_shown_as_they_are()
    {
        XElement[] tables = [.. Page().Descendants("details")];
        Assert.Equal(["The 1 highest", "The 1 lowest"], tables.Select(table => table.Element("summary")!.Value));
        Assert.Equal([["4", "0.6900", "<b>hard & long</b>"]], PageXml.Cells(tables[0]));
    }

    [Fact]
    public void Texts_can_be_left_out()
    {
        string html = FractionPage.ToHtml("t", Choices, withTexts: false);
        Assert.Contains("entropy", html, StringComparison.Ordinal);
        Assert.DoesNotContain("hard", html, StringComparison.Ordinal);
    }

    private static double[] Heights(XElement line) =>
        [.. line.Attribute("d")!.Value[1..].Split('L').Select(point => double.Parse(point.Split(' ')[1], CultureInfo.InvariantCulture))];

    private static XElement Page() => PageXml.Parse(FractionPage.ToHtml("a < b", Choices));

    private static double[] Parts(int all) => [.. Enumerable.Range(0, 20).Select(k => k == all ? 1.0 : 0)];
}
