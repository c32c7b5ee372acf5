using System.Globalization;
using OxyPlot;
using OxyPlot.Annotations;
using OxyPlot.Axes;
using OxyPlot.Series;

namespace Retort.Evaluation;

/// <summary>
/// Draws accuracy on test, a point for each run: over the size of the transfer set, which shows what more texts are worth, or, where
/// students were compressed, over the size on disk.
/// </summary>
internal static class ResultsPlot
{
    private const double Width = 760, Height = 440, Margin = 1.15, Share = 0.1, LineHeight = 14, LegendLine = 18, AxisHeight = 50, AreaWidth = Width - 100, ColumnWidth = 18, NumberOffset = 9, MostOfNumbers = 0.8;

    // Of points that coincide more numbers than these would fill the plot: the table has them.
    private const int MostColumns = 8;

    private static readonly (Role Role, MarkerType Marker, OxyColor Colour)[] Styles =
    [
        (Role.Student, MarkerType.Circle, OxyColor.FromRgb(0x1B, 0x6C, 0xA8)),
        (Role.StudentCompressed, MarkerType.Triangle, OxyColor.FromRgb(0x8E, 0x24, 0xAA)),
        (Role.StudentOnRandomFraction, MarkerType.Triangle, OxyColor.FromRgb(0x7A, 0x7A, 0x7A)),
        (Role.StudentOnAllTexts, MarkerType.Diamond, OxyColor.FromRgb(0x2E, 0x7D, 0x32)),
        (Role.StudentWithoutTeacher, MarkerType.Square, OxyColor.FromRgb(0xB4, 0x5F, 0x06)),
        (Role.Linear, MarkerType.Cross, OxyColor.FromRgb(0x4E, 0x34, 0x2E)),
        (Role.FastText, MarkerType.Plus, OxyColor.FromRgb(0x00, 0x83, 0x8F)),
    ];

    /// <summary>The plot as SVG, with the numbers of the table's rows; null where the students' sizes are all one.</summary>
    public static string? Svg(IReadOnlyList<ResultsLine> lines)
    {
        ResultsLine[][] groups = ResultsTables.Groups(lines);
        bool compressed = IsOverBytes(lines);
        if (groups.Where(IsPoint).Select(X).Distinct().Count() < 2)
            return null;
        double? teacher = groups.Where(group => group[0].Role == Role.Teacher).Select(group => group[^1].TestAccuracy).Max();
        PlotModel model = Empty(groups.Where(IsPoint).ToArray(), X, compressed ? "size on disk, MB" : "texts of the transfer set", teacher);
        var legend = new List<(string Title, OxyColor Colour)>();
        var taken = new List<(double X, double Accuracy, int Column)>();
        foreach ((Role role, MarkerType marker, OxyColor colour) in Styles)
        {
            int[] runs = Enumerable.Range(0, groups.Length).Where(k => IsPoint(groups[k]) && groups[k][0].Role == role).ToArray();
            if (runs.Length == 0)
                continue;
            var series = new ScatterErrorSeries
            {
                MarkerType = marker,
                MarkerFill = colour,
                // A cross and a plus have no inside.
                MarkerStroke = colour,
                MarkerSize = 4,
                ErrorBarColor = colour,
                ErrorBarStrokeThickness = 1,
            };
            foreach (int run in runs)
            {
                Metrics.Spread accuracy = Figures.SpreadOf(groups[run].Select(line => line.TestAccuracy))!;
                // The bar is as long as the error from end to end: one deviation to each side.
                series.Points.Add(new ScatterErrorPoint(X(groups[run]), accuracy.Mean, 0, 2 * (accuracy.Deviation ?? 0)));
                if (Number(run + 1, X(groups[run]), accuracy.Mean, taken, colour, model) is { } number)
                    model.Annotations.Add(number);
            }
            model.Series.Add(series);
            legend.Add((role.Title(), colour));
        }
        model.Axes[0].Maximum = taken.Max(number => WithNumber(model.Axes[0], number.X, number.Column));
        for (int line = 0; line < legend.Count; line++)
            model.Annotations.Add(Legend(model, legend[line].Title, line, legend[line].Colour));
        if (teacher is not null)
            model.Annotations.Add(TeacherLine(teacher.Value));
        return ToSvg(model);

        bool IsPoint(ResultsLine[] group) => group[0].Role != Role.Teacher && group.Any(line => line.TestAccuracy is not null)
            && (compressed ? group.Any(line => line.Bytes is not null) : group[0].Texts is not null);

        double X(ResultsLine[] group) => compressed ? Math.Round(Figures.SpreadOf(group.Select(line => (double?)line.Bytes))!.Mean / 1e6, 2) : group[0].Texts!.Value;
    }

    /// <summary>A plot as text, the same on every system.</summary>
    internal static string ToSvg(PlotModel model) => new SvgExporter { Width = Width, Height = Height, UseVerticalTextAlignmentWorkaround = true }.ExportToString(model)
        .Replace("\r\n", "\n", StringComparison.Ordinal);

    /// <summary>Whether sizes on disk are what differs.</summary>
    public static bool IsOverBytes(IReadOnlyList<ResultsLine> lines) => lines.Any(line => line.Role == Role.StudentCompressed);

    private static PlotModel Empty(ResultsLine[][] points, Func<ResultsLine[], double> size, string title, double? teacher)
    {
        double[] sizes = points.Select(size).ToArray();
        Metrics.Spread[] accuracies = points.Select(group => Figures.SpreadOf(group.Select(line => line.TestAccuracy))!).ToArray();
        double low = accuracies.Min(accuracy => accuracy.Mean - (accuracy.Deviation ?? 0));
        double high = Math.Max(teacher ?? 0, accuracies.Max(accuracy => accuracy.Mean + (accuracy.Deviation ?? 0)));
        // The legend has a strip of its own, below everything.
        double legend = LegendLine * (points.DistinctBy(group => group[0].Role).Count() + 1) / (Height - AxisHeight), strip = legend / (1 - legend) * (1 + 2 * Share) * (high - low);
        var model = new PlotModel { Culture = CultureInfo.InvariantCulture, Background = OxyColors.White, DefaultFont = "sans-serif" };
        model.Axes.Add(new LogarithmicAxis
        {
            Position = AxisPosition.Bottom,
            Title = title,
            AxisTitleDistance = 12,
            FontSize = 11,
            Minimum = sizes.Min() / Margin,
            Maximum = sizes.Max() * Margin,
            LabelFormatter = Label,
            MajorGridlineStyle = LineStyle.Dot,
        });
        model.Axes.Add(new LinearAxis
        {
            Position = AxisPosition.Left,
            Title = "accuracy on test",
            AxisTitleDistance = 18,
            FontSize = 11,
            Minimum = low - Share * (high - low) - strip,
            Maximum = high + Share * (high - low),
            StringFormat = "0.000",
            MajorGridlineStyle = LineStyle.Dot,
        });
        return model;
    }

    // Of 1, 2, 3 … 9 on a logarithmic axis the labels of the upper ones would run into each other.
    private static string Label(double value)
    {
        string text = string.Create(CultureInfo.InvariantCulture, $"{value:#,0.##}");
        return text.TrimStart('0', '.') is [var first, ..] && "12357".Contains(first, StringComparison.Ordinal) ? text : "";
    }

    // A legend of our own: the library's is as wide as the text is in its font, which is not the reader's.
    internal static TextAnnotation Legend(PlotModel model, string text, int line, OxyColor colour) => new()
    {
        Text = text,
        TextPosition = new DataPoint(model.Axes[0].Maximum, model.Axes[1].Minimum),
        Offset = new ScreenVector(-12, -10 - LegendLine * line),
        TextHorizontalAlignment = HorizontalAlignment.Right,
        TextVerticalAlignment = VerticalAlignment.Bottom,
        StrokeThickness = 0,
        TextColor = colour,
        FontWeight = FontWeights.Bold,
    };

    // A number that would stand on another one moves to the next free column right of it; after the last column … stands for the rest.
    private static TextAnnotation? Number(int run, double x, double accuracy, List<(double X, double Accuracy, int Column)> taken, OxyColor colour, PlotModel model)
    {
        Axis sizes = model.Axes[0], accuracies = model.Axes[1];
        double tooNear = LineHeight / Height * (accuracies.Maximum - accuracies.Minimum);
        int column = 0;
        while (taken.Exists(other => Math.Abs(Left(other.X, other.Column) - Left(x, column)) < ColumnWidth && Math.Abs(other.Accuracy - accuracy) <= tooNear))
            column++;
        if (column > MostColumns)
            return null;
        taken.Add((x, accuracy, column));
        return new TextAnnotation
        {
            Text = column < MostColumns ? run.ToString(CultureInfo.InvariantCulture) : "…",
            TextPosition = new DataPoint(x, accuracy),
            Offset = new ScreenVector(NumberOffset + ColumnWidth * column, 4),
            TextHorizontalAlignment = HorizontalAlignment.Left,
            StrokeThickness = 0,
            TextColor = column < MostColumns ? colour : OxyColors.Gray,
        };

        double Left(double size, int column) => Math.Log(size / sizes.Minimum) / Math.Log(sizes.Maximum / sizes.Minimum) * AreaWidth + ColumnWidth * column;
    }

    // Where the axis has to end for the number beside a point to stand on the plot: the number's width is a share of the axis, wherever that ends.
    private static double WithNumber(Axis axis, double x, int column) =>
        Math.Max(axis.Maximum, axis.Minimum * Math.Pow(x / axis.Minimum, 1 / (1 - Math.Min(MostOfNumbers, (NumberOffset + ColumnWidth * (column + 1)) / AreaWidth))));

    private static LineAnnotation TeacherLine(double accuracy) => new()
    {
        Type = LineAnnotationType.Horizontal,
        Y = accuracy,
        Text = "teacher",
        Color = OxyColors.Gray,
        LineStyle = LineStyle.Dash,
    };
}
