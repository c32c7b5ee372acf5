using System.Xml.Linq;
using Retort.Evaluation;
using Retort.Fractionation;

namespace Retort.Tests.Evaluation;

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
        XElement body = Body();
        Assert.Equal("a < b", body.Element("h1")!.Value);
        Assert.Equal(["0", "0.5", "1,000", "2,000", "–", "1,300", "0.25", "500", "2,000", "40.0 %"], body.Element("table")!.Descendants("td").Select(cell => cell.Value));
        Assert.Equal(["From step 0: 1,000 of 2,000 texts", "From step 1,300: 500 of 2,000 texts"], body.Elements("h2").Select(title => title.Value));
        Assert.Equal("No score says anything of these texts: one that follows the student does so once there is a student to look at.", body.Element("p")!.Value);
    }

    [Fact]
    public void Where_nothing_is_left_out_it_says_so() =>
        Assert.Contains("<p>All texts.</p>", FractionPage.ToHtml("t", [new(0, 0, 1, 7, 7, null, [], [])]), StringComparison.Ordinal);

    [Fact]
    public void Bars_are_as_long_as_the_shares()
    {
        XElement classes = Body().Elements("figure").First();
        double[] widths = [.. classes.Descendants("rect").Select(bar => (double)bar.Attribute("width")!)];
        Assert.Equal([3, 2, 1, 2], widths.Select(width => Math.Round(width / widths[2], 2)));
        Assert.Equal(["a class with a very l…", "75.0 %", "50.0 %", "y", "25.0 %", "50.0 %"], classes.Descendants("text").Select(text => text.Value));
        double[] heights = [.. Body().Elements("figure").Last().Descendants("rect").Select(bar => (double)bar.Attribute("height")!)];
        Assert.Equal([110, .. Enumerable.Repeat(0.0, 19)], heights);
        Assert.EndsWith("V10H460V120", (string)Body().Descendants("path").Single().Attribute("d")!, StringComparison.Ordinal);
    }

    [Fact]
    public void Texts_are_shown_as_they_are()
    {
        XElement[] tables = [.. Body().Elements("details")];
        Assert.Equal(["The 1 highest", "The 1 lowest"], tables.Select(table => table.Element("summary")!.Value));
        Assert.Equal(["4", "0.6900", "<b>hard & long</b>"], tables[0].Descendants("td").Select(cell => cell.Value));
    }

    private static XElement Body()
    {
        string html = FractionPage.ToHtml("a < b", Choices);
        return XElement.Parse(html[html.IndexOf("<body>", StringComparison.Ordinal)..html.IndexOf("</html>", StringComparison.Ordinal)]);
    }

    private static double[] Parts(int all) => [.. Enumerable.Range(0, 20).Select(k => k == all ? 1.0 : 0)];
}
