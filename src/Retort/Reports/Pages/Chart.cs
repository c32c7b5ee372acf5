using System.Globalization;
using System.Xml.Linq;

namespace Retort.Reports.Pages;

/// <summary>A point of a chart.</summary>
/// <param name="X">Across.</param>
/// <param name="Y">Up.</param>
/// <param name="Hint">What is shown where the pointer rests on it; null: its values.</param>
internal readonly record struct ChartPoint(double X, double Y, string? Hint = null)
{
    /// <summary>How far a bar of error reaches up and down; null: there is none.</summary>
    public double? Error { get; init; }
}

/// <summary>Points that belong together.</summary>
/// <param name="Name">What the legend says; series of one name share an entry.</param>
/// <param name="Style">0 to 7: its colour, mark and dashes, or what is left of it by 8.</param>
/// <param name="Points">In the order of a line.</param>
internal sealed record ChartSeries(string Name, int Style, IReadOnlyList<ChartPoint> Points)
{
    /// <summary>Whether a line joins the points.</summary>
    public bool IsJoined { get; init; } = true;

    /// <summary>Whether each point has a mark.</summary>
    public bool IsMarked { get; init; } = true;
}

/// <summary>Draws lines and points: learning curves, reliability, what was tried over what it costs.</summary>
internal static class Chart
{
    private const int Width = 440, Height = 260, Top = 26, Bottom = 42, Right = 14;

    // The width of a digit in the style's font, with room to spare: fonts differ.
    private const double CharacterWidth = 7.2;

    private static readonly string[] Dashes = ["", "", "", "", "6 3", "6 3", "2 3", "2 3"];

    /// <summary>A figure with title, drawing, legend and caption; null where no series has a point.</summary>
    /// <param name="title">What it shows.</param>
    /// <param name="x">Across; its title stands below.</param>
    /// <param name="y">Up; its title stands above.</param>
    /// <param name="series">Those without finite points are left out.</param>
    /// <param name="caption">What to make of it; null: nothing.</param>
    /// <param name="diagonal">Whether a line shows where both are the same.</param>
    public static XElement? Draw(string title, ChartAxis x, ChartAxis y, IEnumerable<ChartSeries> series, string? caption = null, bool diagonal = false)
    {
        ChartSeries[] drawn = [.. series.Select(one => one with { Points = [.. one.Points.Where(point => double.IsFinite(point.X) && double.IsFinite(point.Y))] })
            .Where(one => one.Points.Count > 0)];
        if (drawn.Length == 0)
            return null;
        ChartPoint[] points = [.. drawn.SelectMany(one => one.Points)];
        var across = new ChartScale(x, [.. points.Select(point => point.X)]);
        var up = new ChartScale(y, [.. points.SelectMany(point => new[] { point.Y - (point.Error ?? 0), point.Y + (point.Error ?? 0) })]);
        (double, string Label)[] rows = [.. up.Ticks(6)];
        double left = 12 + CharacterWidth * rows.Max(tick => (int?)tick.Label.Length) ?? 12;
        var frame = new Frame(across, up, left);
        string[] names = [.. drawn.Select(one => one.Name).Distinct()];
        XElement svg = Svg.Image(Width, Height, $"{title}: {y.Title} over {x.Title}, {string.Join(", ", names)}",
            Grid(frame, rows, x, y), diagonal ? Svg.Line("ideal", frame.X(0), frame.Y(0), frame.X(1), frame.Y(1)) : null, drawn.Select(one => Series(frame, one)));
        return new XElement("figure", new XElement("h3", title), svg,
            names.Length > 1 ? Legend(drawn.DistinctBy(one => one.Name)) : null, caption is null ? null : new XElement("figcaption", caption));
    }

    /// <summary>What the colours, marks and dashes stand for.</summary>
    private static XElement Legend(IEnumerable<ChartSeries> series) => Svg.Legend(26, series.Select(one => (StyleOf(one), one.Name,
        (object?[])[one.IsJoined ? Dashed(Svg.Line("line", 1, 6, 25, 6), one) : null, one.IsMarked ? Mark(one.Style, 13, 6) : null])));

    private static IEnumerable<XElement> Grid(Frame frame, IEnumerable<(double Value, string Label)> rows, ChartAxis x, ChartAxis y)
    {
        yield return Svg.Text(0, 12, "start", y.Title);
        yield return Svg.Text(Width - Right, Height - 4, "end", x.Title);
        foreach ((double value, string label) in rows)
        {
            yield return Svg.Line("grid", frame.Left, frame.Y(value), Width - Right, frame.Y(value));
            yield return Svg.Text(frame.Left - 6, frame.Y(value) + 4, "end", label);
        }
        yield return Svg.Line("axis", frame.Left, Height - Bottom, Width - Right, Height - Bottom);
        foreach ((double value, string label) in frame.Columns())
        {
            yield return Svg.Line("axis", frame.X(value), Height - Bottom, frame.X(value), Height - Bottom + 4);
            yield return Svg.Text(Math.Clamp(frame.X(value), CharacterWidth * label.Length / 2, Width - CharacterWidth * label.Length / 2), Height - Bottom + 17, "middle", label);
        }
    }

    private static XElement Series(Frame frame, ChartSeries series)
    {
        var group = new XElement("g", new XAttribute("class", StyleOf(series)));
        if (series.IsJoined && series.Points.Count > 1)
        {
            group.Add(Dashed(Svg.Path(series.Points.Select(point => (frame.X(point.X), frame.Y(point.Y)))), series));
        }
        foreach (ChartPoint point in series.Points)
        {
            double at = frame.X(point.X), height = frame.Y(point.Y);
            if (point.Error is > 0 and { } error)
                group.Add(Svg.Line("error", at, frame.Y(point.Y - error), at, frame.Y(point.Y + error)));
            // A line of one point would not be seen without its mark.
            if (series.IsMarked || series.Points.Count == 1)
            {
                XElement mark = Mark(series.Style, at, height);
                mark.Add(new XElement("title", point.Hint ?? string.Create(CultureInfo.InvariantCulture, $"{series.Name}: {point.X:#,0.####}, {point.Y:#,0.####}")));
                group.Add(mark);
            }
        }
        return group;
    }

    private static XElement Mark(int style, double x, double y) => (style % 4) switch
    {
        0 => new XElement("circle", new XAttribute("class", "mark"), new XAttribute("cx", Svg.Number(x)), new XAttribute("cy", Svg.Number(y)), new XAttribute("r", "3.6")),
        1 => Polygon([(x - 3.4, y - 3.4), (x + 3.4, y - 3.4), (x + 3.4, y + 3.4), (x - 3.4, y + 3.4)]),
        2 => Polygon([(x, y - 4.6), (x + 4.4, y + 3.4), (x - 4.4, y + 3.4)]),
        _ => Polygon([(x, y - 4.8), (x + 4.8, y), (x, y + 4.8), (x - 4.8, y)]),
    };

    private static XElement Polygon((double X, double Y)[] corners) => new("polygon", new XAttribute("class", "mark"),
        new XAttribute("points", string.Join(' ', corners.Select(corner => $"{Svg.Number(corner.X)},{Svg.Number(corner.Y)}"))));

    private static XElement Dashed(XElement line, ChartSeries series)
    {
        if (Dashes[series.Style % Dashes.Length] is { Length: > 0 } dashes)
            line.Add(new XAttribute("stroke-dasharray", dashes));
        return line;
    }

    private static string StyleOf(ChartSeries series) => FormattableString.Invariant($"s{series.Style % Dashes.Length}");

    /// <summary>Where values stand in the drawing.</summary>
    private sealed record Frame(ChartScale Across, ChartScale Up, double Left)
    {
        public double X(double value) => Left + Across.Place(value) * (Width - Right - Left);

        public double Y(double value) => Height - Bottom - Up.Place(value) * (Height - Bottom - Top);

        /// <summary>As many ticks as find room beside each other.</summary>
        public IReadOnlyList<(double Value, string Label)> Columns()
        {
            for (int most = 8; most > 1; most--)
            {
                IReadOnlyList<(double Value, string Label)> ticks = Across.Ticks(most);
                if (ticks.Zip(ticks.Skip(1)).All(pair => X(pair.Second.Value) - X(pair.First.Value) > CharacterWidth * (pair.First.Label.Length + pair.Second.Label.Length) / 2.0 + 8))
                    return ticks;
            }
            return [.. Across.Ticks(1)];
        }
    }
}
