using System.Globalization;
using System.Xml.Linq;

namespace Retort.Reports.Pages;

/// <summary>What drawings are made of.</summary>
internal static class Svg
{
    /// <summary>A drawing.</summary>
    /// <param name="width">In pixels, where there is room.</param>
    /// <param name="height">The same.</param>
    /// <param name="label">What it shows, for those who do not see it.</param>
    /// <param name="content">Elements, or lists of them.</param>
    public static XElement Image(int width, int height, string label, params object?[] content) => new("svg", Size(width, height),
        new XAttribute("role", "img"), new XAttribute("aria-label", label), content);

    /// <summary>Words; the anchor is start, middle or end.</summary>
    public static XElement Text(double x, double y, string anchor, string text) =>
        new("text", new XAttribute("x", Number(x)), new XAttribute("y", Number(y)), new XAttribute("text-anchor", anchor), text);

    /// <summary>A straight line of a class of the style.</summary>
    public static XElement Line(string style, double x1, double y1, double x2, double y2) => new("line", new XAttribute("class", style),
        new XAttribute("x1", Number(x1)), new XAttribute("y1", Number(y1)), new XAttribute("x2", Number(x2)), new XAttribute("y2", Number(y2)));

    /// <summary>A line from point to point.</summary>
    public static XElement Path(IEnumerable<(double X, double Y)> points) =>
        new("path", new XAttribute("class", "line"), new XAttribute("d", "M" + string.Join('L', points.Select(point => $"{Number(point.X)} {Number(point.Y)}"))));

    /// <summary>A bar of a series.</summary>
    public static XElement Bar(double x, double y, double width, double height) => new("rect", new XAttribute("class", "bar"),
        new XAttribute("x", Number(x)), new XAttribute("y", Number(y)), new XAttribute("width", Number(width)), new XAttribute("height", Number(height)));

    /// <summary>What the series of a figure are called, each beside a piece of its drawing.</summary>
    /// <param name="width">Of the pieces; they are 12 high.</param>
    /// <param name="series">Class of the style, name, and what is drawn.</param>
    public static XElement Legend(int width, IEnumerable<(string Style, string Name, object?[] Drawing)> series) => new("ul", new XAttribute("class", "legend"), series.Select(one =>
        new XElement("li", new XAttribute("class", one.Style),
            new XElement("svg", Size(width, 12), new XAttribute("aria-hidden", "true"), one.Drawing), new XElement("span", one.Name))));

    public static string Number(double value) => value.ToString("0.##", CultureInfo.InvariantCulture);

    private static XAttribute[] Size(int width, int height) => [new("viewBox", $"0 0 {width} {height}"), new("width", width), new("height", height)];
}
