using System.Globalization;
using System.Xml.Linq;
using Retort.Data;

namespace Retort.Reports.Pages;

/// <summary>Rows with a bar for each of several values.</summary>
/// <param name="Name">Of the row.</param>
/// <param name="Values">One for each series; null or below 0: none.</param>
internal sealed record BarRow(string Name, IReadOnlyList<double?> Values);

/// <summary>Draws horizontal bars in groups: shares of classes, scores of classes, durations.</summary>
internal static class Bars
{
    private const int Width = 440, Names = 118, Values = 64, Thickness = 13, Gap = 9, LongestName = 17;

    /// <summary>A figure with title, bars with their values, legend and caption.</summary>
    /// <param name="title">What it shows.</param>
    /// <param name="series">A name and a class of the style (s0 … s7, all) for each value of a row.</param>
    /// <param name="rows">From top to bottom; at least one.</param>
    /// <param name="label">How a value is written.</param>
    /// <param name="caption">What to make of it; null: nothing.</param>
    public static XElement Draw(string title, IReadOnlyList<(string Name, string Style)> series, IReadOnlyList<BarRow> rows, Func<double, string> label, string? caption = null)
    {
        double most = rows.Max(row => row.Values.Max(value => value ?? 0));
        int group = series.Count * (Thickness + 1) + Gap, height = rows.Count * group;
        var svg = new XElement("svg", new XAttribute("viewBox", $"0 0 {Width} {height}"), new XAttribute("width", Width), new XAttribute("height", height),
            new XAttribute("role", "img"), new XAttribute("aria-label", title));
        for (int k = 0; k < rows.Count; k++)
        {
            double middle = k * group + (group - Gap) / 2.0 + 4;
            svg.Add(Text(Names - 8, middle, "end", Excerpt.Of(rows[k].Name, LongestName), rows[k].Name));
            for (int s = 0; s < series.Count; s++)
            {
                if (rows[k].Values[s] is not { } value)
                    continue;
                double length = most > 0 ? Math.Max(0, value) / most * (Width - Names - Values) : 0;
                int y = k * group + s * (Thickness + 1);
                svg.Add(new XElement("g", new XAttribute("class", series[s].Style), new XElement("rect", new XAttribute("class", "bar"), new XAttribute("x", Names),
                    new XAttribute("y", y), new XAttribute("width", Number(length)), new XAttribute("height", Thickness))));
                svg.Add(Text(Names + length + 5, y + 11, "start", label(value), null));
            }
        }
        return new XElement("figure", new XElement("h3", title), svg, series.Count < 2 ? null : Legend(series), caption is null ? null : new XElement("figcaption", caption));
    }

    private static XElement Legend(IEnumerable<(string Name, string Style)> series) => new("ul", new XAttribute("class", "legend"), series.Select(one => new XElement("li",
        new XAttribute("class", one.Style),
        new XElement("svg", new XAttribute("width", 14), new XAttribute("height", 12), new XAttribute("viewBox", "0 0 14 12"), new XAttribute("aria-hidden", "true"),
            new XElement("rect", new XAttribute("class", "bar"), new XAttribute("width", 14), new XAttribute("height", 12))),
        new XElement("span", one.Name))));

    private static XElement Text(double x, double y, string anchor, string text, string? whole) => new("text", new XAttribute("x", Number(x)), new XAttribute("y", Number(y)),
        new XAttribute("text-anchor", anchor), whole is null || whole == text ? null : new XElement("title", whole), text);

    private static string Number(double value) => value.ToString("0.##", CultureInfo.InvariantCulture);
}
