using System.Globalization;
using System.Xml.Linq;
using Retort.Reports.Pages;

namespace Retort.Tests.Reports;

public sealed class ChartTests
{
    [Fact]
    public void Lines_go_through_their_points_from_left_to_right_and_higher_values_stand_higher()
    {
        XElement figure = Chart.Draw("dev", new ChartAxis("step"), new ChartAxis("accuracy"), [new("student", 0, [new(0, 0.5), new(10, 0.7), new(20, 0.9)])])!;
        double[][] points = [.. figure.Descendants("path").Single().Attribute("d")!.Value[1..].Split('L').Select(point => point.Split(' ').Select(Number).ToArray())];
        Assert.Equal(3, points.Length);
        Assert.Equal(points[1][0] - points[0][0], points[2][0] - points[1][0], 0.02);
        Assert.Equal(points[0][1] - points[1][1], points[1][1] - points[2][1], 0.02);
        Assert.True(points[2][1] < points[0][1]);
        Assert.Equal(3, figure.Descendants("circle").Count());
        Assert.Equal("dev: accuracy over step, student", figure.Element("svg")!.Attribute("aria-label")!.Value);
        Assert.Empty(figure.Descendants("ul"));
    }

    [Fact]
    public void Series_of_one_name_share_an_entry_of_the_legend()
    {
        XElement figure = Chart.Draw("t", new ChartAxis("x"), new ChartAxis("y"), [new("a", 0, [new(0, 1)]), new("a", 0, [new(1, 2)]), new("b", 1, [new(0, 2)])])!;
        Assert.Equal(["a", "b"], figure.Descendants("li").Select(entry => entry.Value));
    }

    [Fact]
    public void What_is_not_a_number_is_left_out_and_nothing_is_drawn_of_nothing()
    {
        Assert.Null(Chart.Draw("t", new ChartAxis("x"), new ChartAxis("y"), [new("a", 0, [new(0, double.NaN)])]));
        XElement figure = Chart.Draw("t", new ChartAxis("x"), new ChartAxis("y"), [new("a", 0, [new(0, double.NaN), new(1, 3)])])!;
        Assert.Single(figure.Descendants("circle"));
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(0, 100_000)]
    [InlineData(123_456, 123_457)]
    [InlineData(-3, 0.001)]
    [InlineData(0.8612, 0.8614)]
    [InlineData(5, 5)]
    public void Labels_stand_inside_the_drawing_and_never_on_each_other(double low, double high)
    {
        XElement figure = Chart.Draw("t", new ChartAxis("x"), new ChartAxis("y"), [new("a", 0, [new(low, low), new(high, high)])])!;
        AssertApart(figure);
    }

    [Theory]
    [InlineData(0.9, 30)]
    [InlineData(1, 1_000_000)]
    [InlineData(17, 18)]
    public void So_they_do_on_a_logarithmic_axis(double low, double high)
    {
        XElement figure = Chart.Draw("t", new ChartAxis("x") { IsLogarithmic = true }, new ChartAxis("y"), [new("a", 0, [new(low, 1), new(high, 2)])])!;
        AssertApart(figure);
    }

    [Fact]
    public void A_bar_is_as_long_as_its_value_and_has_it_written_beside()
    {
        XElement figure = Bars.Draw("t", [("before", "all"), ("after", "s0")], [new("a class with a very long name", [0.75, 0.5]), new("y", [0.25, null])], value => $"{value:0.00}");
        Assert.Equal([3, 2, 1], figure.Element("svg")!.Descendants("rect").Select(bar => Math.Round(Number(bar.Attribute("width")!.Value) / 86, 1)));
        Assert.Equal(["a class with a ve…", "0.75", "0.50", "y", "0.25"], figure.Element("svg")!.Elements("text").Select(text => text.Nodes().OfType<XText>().Last().Value));
        Assert.Equal("a class with a very long name", figure.Descendants("title").Single().Value);
        Assert.Equal(["before", "after"], figure.Descendants("li").Select(entry => entry.Value));
    }

    private static void AssertApart(XElement figure)
    {
        double width = Number(figure.Element("svg")!.Attribute("width")!.Value), height = Number(figure.Element("svg")!.Attribute("height")!.Value);
        (double Left, double Right, double Bottom)[] boxes = [.. figure.Descendants("text").Select(Box)];
        Assert.True(boxes.Length >= 4);
        Assert.All(boxes, box => Assert.True(box.Left >= -0.01 && box.Right <= width + 0.01 && box.Bottom <= height && box.Bottom >= 12, $"{box}"));
        for (int k = 0; k < boxes.Length; k++)
        {
            for (int other = 0; other < k; other++)
            {
                Assert.True(Math.Abs(boxes[k].Bottom - boxes[other].Bottom) >= 12 || boxes[k].Left >= boxes[other].Right || boxes[other].Left >= boxes[k].Right, $"{boxes[k]} {boxes[other]}");
            }
        }
    }

    // 7 is what a digit takes at 12 pixels in the widest of the usual fonts.
    private static (double Left, double Right, double Bottom) Box(XElement text)
    {
        double x = Number(text.Attribute("x")!.Value), length = 7 * text.Value.Length;
        double left = text.Attribute("text-anchor")!.Value switch { "start" => x, "middle" => x - length / 2, _ => x - length };
        return (left, left + length, Number(text.Attribute("y")!.Value));
    }

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);
}
