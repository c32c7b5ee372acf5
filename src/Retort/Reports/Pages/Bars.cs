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
        XElement svg = Svg.Image(Width, height, title);
        for (int k = 0; k < rows.Count; k++)
        {
            double middle = k * group + (group - Gap) / 2.0 + 4;
            svg.Add(Name(middle, rows[k].Name));
            for (int s = 0; s < series.Count; s++)
            {
                if (rows[k].Values[s] is not { } value)
                    continue;
                double length = most > 0 ? Math.Max(0, value) / most * (Width - Names - Values) : 0;
                int y = k * group + s * (Thickness + 1);
                svg.Add(new XElement("g", new XAttribute("class", series[s].Style), Svg.Bar(Names, y, length, Thickness)), Svg.Text(Names + length + 5, y + 11, "start", label(value)));
            }
        }
        return new XElement("figure", new XElement("h3", title), svg, series.Count < 2 ? null : Svg.Legend(14, series.Select(one => (one.Style, one.Name, (object?[])[Svg.Bar(0, 0, 14, 12)]))), caption is null ? null : new XElement("figcaption", caption));
    }

    // A name that is cut is told in full where the pointer rests.
    private static XElement Name(double y, string name)
    {
        string shown = Excerpt.Of(name, LongestName);
        XElement text = Svg.Text(Names - 8, y, "end", shown);
        if (shown != name)
            text.AddFirst(new XElement("title", name));
        return text;
    }
}
