using System.Globalization;
using System.Xml.Linq;

namespace Retort.Reports.Pages;

/// <summary>A line through parallel axes.</summary>
/// <param name="Values">A value for each axis; null: it has none there.</param>
/// <param name="Share">How plainly it is drawn, 0 to 1.</param>
/// <param name="Hint">What is shown where the pointer rests on it.</param>
internal sealed record ParallelLine(IReadOnlyList<string?> Values, double Share, string Hint);

/// <summary>Draws what differs in several ways at once: an axis for each way, and a line for each thing through its values.</summary>
internal static class ParallelAxes
{
    private const int Left = 70, Right = 70, Top = 40, Height = 260, Spacing = 120, Foot = 14;

    /// <summary>A value that there is not.</summary>
    private const string None = "–";

    /// <summary>From this ratio of the greatest to the least on equal ratios are as far apart.</summary>
    private const double Logarithmic = 30;

    /// <summary>A figure; the line with the greatest share is drawn last, in a colour of its own.</summary>
    /// <param name="title">What it shows.</param>
    /// <param name="axes">Their titles; at least two.</param>
    /// <param name="lines">At least one.</param>
    /// <param name="caption">What to make of it.</param>
    public static XElement Draw(string title, IReadOnlyList<string> axes, IReadOnlyList<ParallelLine> lines, string caption)
    {
        int width = Left + Right + Spacing * (axes.Count - 1);
        Axis[] scales = [.. Enumerable.Range(0, axes.Count).Select(k => Axis.Of([.. lines.Select(line => line.Values[k])]))];
        ParallelLine[] ordered = [.. lines.OrderBy(line => line.Share)];
        XElement svg = Svg.Image(width, Height + Top + Foot, $"{title}: {string.Join(", ", axes)}");
        for (int k = 0; k < axes.Count; k++)
        {
            // Two heights: long names of neighbours would run into each other.
            svg.Add(Value(X(k), k % 2 == 0 ? 12 : 26, "middle", axes[k]), Svg.Line("axis", X(k), Top, X(k), Top + Height));
        }
        foreach (ParallelLine line in ordered)
        {
            XElement path = Svg.Path(line.Values.Select((value, k) => (X(k), Y(scales[k], value))));
            path.Add(new XAttribute("stroke-opacity", Svg.Number(0.15 + 0.85 * line.Share)), new XElement("title", line.Hint));
            svg.Add(new XElement("g", new XAttribute("class", line == ordered[^1] ? "s1" : "s0"), path));
        }
        for (int k = 0; k < axes.Count; k++)
        {
            foreach ((double place, string label) in scales[k].Ticks)
                svg.Add(Value(X(k) + 5, Top + Height * (1 - place) + 4, "start", label));
        }
        return new XElement("figure", new XAttribute("style", "max-width:none"), new XElement("h3", title), Html.Scroll(title, svg), new XElement("figcaption", caption));
    }

    private static double X(int axis) => Left + axis * Spacing;

    private static double Y(Axis axis, string? value) => Top + Height * (1 - axis.Place(value ?? None));

    private static XElement Value(double x, double y, string anchor, string text)
    {
        XElement value = Svg.Text(x, y, anchor, text);
        value.SetAttributeValue("class", "value");
        return value;
    }

    /// <summary>Where the values of an axis stand, 0 to 1: numbers by their size, words side by side.</summary>
    private sealed record Axis(Func<string, double> Place, IReadOnlyList<(double Place, string Label)> Ticks)
    {
        public static Axis Of(IReadOnlyList<string?> values)
        {
            string[] distinct = [.. values.Select(value => value ?? None).Distinct()];
            if (distinct.Length > 5 && distinct.All(IsNumber))
            {
                double[] numbers = [.. distinct.Select(Parse)];
                bool logarithmic = numbers.Min() > 0 && numbers.Max() / numbers.Min() >= Logarithmic;
                var scale = new ChartScale(new ChartAxis("") { IsLogarithmic = logarithmic }, numbers);
                return new Axis(value => scale.Place(Parse(value)), [.. scale.Ticks(6).Select(tick => (scale.Place(tick.Value), tick.Label))]);
            }
            string[] ordered = [.. distinct.OrderBy(value => IsNumber(value) ? Parse(value) : double.MinValue).ThenBy(value => value, StringComparer.Ordinal)];
            return new Axis(Place, [.. ordered.Select(value => (Place(value), value))]);

            double Place(string value) => (Array.IndexOf(ordered, value) + 0.5) / ordered.Length;
        }

        private static bool IsNumber(string value) => double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out _);

        private static double Parse(string value) => double.Parse(value, CultureInfo.InvariantCulture);
    }
}
