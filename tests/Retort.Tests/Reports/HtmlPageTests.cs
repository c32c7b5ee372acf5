using System.Text.RegularExpressions;
using System.Xml.Linq;
using Retort.Evaluation;
using Retort.Reports.Pages;

namespace Retort.Tests.Reports;

public sealed partial class HtmlPageTests
{
    private const string Hostile = "<script>alert('a')</script> \" onload=\"b\" ]]> &amp; \0 \u001b[31m \ud800 \r\n \u202e";

    [Fact]
    public void Whatever_stands_in_it_a_page_is_well_formed_and_holds_no_markup_but_its_own()
    {
        string html = HtmlPage.Render(Hostile, [Html.Paragraph(Hostile)],
        [
            Html.Section("a", Hostile, Html.Table(Hostile, [Hostile, new Column(Hostile, IsText: true)], [[Hostile, Html.Code(Hostile)]])),
            Html.Section("b", Hostile, Html.Details(Hostile, Html.Lines(Hostile)), Html.Table(Hostile, new TextTable([Hostile], [[Hostile]]))),
            Html.Section("c", Hostile, Chart.Draw(Hostile, new ChartAxis(Hostile), new ChartAxis(Hostile), [new(Hostile, 0, [new(1, 1, Hostile)])], Hostile)),
            Html.Section("d", Hostile, Bars.Draw(Hostile, [(Hostile, "s0")], [new(Hostile, [1])], _ => Hostile, Hostile), HeatMap.Draw(Hostile, Hostile, [Hostile], [Hostile], (_, _) => (Hostile, 1))),
        ]);
        XElement page = PageXml.Parse(html);
        string shown = Hostile.Replace('\0', '\ufffd').Replace('\u001b', '\ufffd').Replace('\ud800', '\ufffd').Replace('\r', ' ');
        Assert.Equal(shown, page.Descendants("h1").Single().Value);
        Assert.Equal(shown, page.Descendants("pre").Single().Value);
        Assert.DoesNotContain("<script", html, StringComparison.OrdinalIgnoreCase);
        Assert.Empty(page.Descendants("script"));
        Assert.DoesNotContain(page.Descendants().Attributes(), attribute => attribute.Name.LocalName.StartsWith("on", StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public void It_asks_for_no_other_file()
    {
        string html = HtmlPage.Render("t", [], [Html.Section("a", "A", Html.Paragraph("https://example.org"))]);
        Assert.Empty(Resource().Matches(html));
        Assert.Contains("default-src 'none'", html, StringComparison.Ordinal);
    }

    [Fact]
    public void Elements_without_content_have_an_end_tag_and_those_that_html_closes_itself_have_none()
    {
        string html = HtmlPage.Render("t", [new XElement("p"), new XElement("br")], []);
        Assert.Contains("<p></p>", html, StringComparison.Ordinal);
        Assert.Contains("<br />", html, StringComparison.Ordinal);
        Assert.DoesNotContain("</meta>", html, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(3, 0)]
    [InlineData(4, 4)]
    public void Four_sections_or_more_are_listed(int sections, int links)
    {
        XElement page = PageXml.Parse(HtmlPage.Render("t", [], [.. Enumerable.Range(0, sections).Select(k => Html.Section($"s{k}", $"Part {k}"))]));
        Assert.Equal(Enumerable.Range(0, links).Select(k => ($"#s{k}", $"Part {k}")), page.Descendants("a").Select(link => (link.Attribute("href")!.Value, link.Value)));
    }

    [Fact]
    public void A_table_names_its_rows_and_columns_and_can_be_scrolled_with_the_keyboard()
    {
        XElement box = Html.Table("what", [new("model"), "accuracy", new("note", IsText: true)], [["student", "0.9", null], ["teacher", Html.Signed("+1", 1), "n"]]);
        Assert.Equal(("region", "what", "0"), (box.Attribute("role")!.Value, box.Attribute("aria-label")!.Value, box.Attribute("tabindex")!.Value));
        Assert.All(box.Descendants("th"), head => Assert.NotNull(head.Attribute("scope")));
        Assert.Equal([["student", "0.9", ""], ["teacher", "+1", "n"]], PageXml.Cells(box));
        Assert.Equal("good", box.Descendants("span").Single().Attribute("class")!.Value);
    }

    [Theory]
    [InlineData(-1.0, "bad")]
    [InlineData(2.0, "good")]
    [InlineData(0.0, null)]
    [InlineData(null, null)]
    public void What_differs_is_coloured_by_its_sign(double? difference, string? style) =>
        Assert.Equal(style, (Html.Signed("x", difference) as XElement)?.Attribute("class")?.Value);

    [Fact]
    public void A_heat_map_is_a_table_whose_dark_cells_have_light_words()
    {
        XElement map = HeatMap.Draw("confusion", "truth", ["a", "b"], ["a", "b"], (row, column) => ($"{row}{column}", row == column ? 0.9 : 0.1));
        Assert.Equal([["a", "00", "01"], ["b", "10", "11"]], PageXml.Cells(map));
        Assert.Equal(["00", "11"], map.Descendants("td").Where(cell => cell.Attribute("class")?.Value == "strong").Select(cell => cell.Value));
        Assert.Equal("--share:0.9", map.Descendants("td").First().Attribute("style")!.Value);
    }

    [GeneratedRegex("""(src|href|action|data)\s*=\s*["']?(?!#)|url\(|@import|https?://(?!example)""", RegexOptions.IgnoreCase)]
    private static partial Regex Resource();
}
