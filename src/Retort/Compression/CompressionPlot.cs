using System.Globalization;
using OxyPlot;
using OxyPlot.Annotations;
using OxyPlot.Axes;
using OxyPlot.Series;
using Retort.Evaluation;

namespace Retort.Compression;

/// <summary>Draws what was tried: accuracy on dev over size, a point for each student; those that were taken are joined, and say how fast they are.</summary>
internal static class CompressionPlot
{
    private static readonly OxyColor Taken = OxyColor.FromRgb(0x1B, 0x6C, 0xA8), Tried = OxyColor.FromRgb(0x2E, 0x7D, 0x32), Refused = OxyColor.FromRgb(0xB4, 0x5F, 0x06);

    /// <summary>The plot as SVG.</summary>
    public static string Svg(CompressionResult result)
    {
        IReadOnlyList<CompressionTrial> trials = result.Trials;
        var model = new PlotModel { Culture = CultureInfo.InvariantCulture, Background = OxyColors.White, DefaultFont = "sans-serif" };
        model.Axes.Add(new LogarithmicAxis
        {
            Position = AxisPosition.Bottom,
            Title = "size on disk, MB",
            AxisTitleDistance = 12,
            FontSize = 11,
            Minimum = trials.Min(trial => trial.Bytes) / 1e6 / 1.3,
            Maximum = trials.Max(trial => trial.Bytes) / 1e6 * 1.3,
        });
        double low = trials.Min(trial => trial.DevAccuracy), high = trials.Max(trial => trial.DevAccuracy), margin = Math.Max((high - low) * 0.15, 0.001);
        model.Axes.Add(new LinearAxis { Position = AxisPosition.Left, Title = "accuracy on dev", AxisTitleDistance = 18, StringFormat = "0.000", FontSize = 11, Minimum = low - margin, Maximum = high + margin });
        var line = new LineSeries { Color = Taken, StrokeThickness = 1 };
        line.Points.AddRange(trials.Where(trial => trial.IsTaken).Select(trial => new DataPoint(trial.Bytes / 1e6, trial.DevAccuracy)));
        model.Series.Add(line);
        foreach (CompressionTrial trial in trials.Where(trial => trial.IsTaken))
            model.Annotations.Add(Speed(trial));
        AddPoints(model, "taken", trials, trial => trial.IsTaken, MarkerType.Circle, Taken, 0);
        AddPoints(model, "passed", trials, trial => !trial.IsTaken && trial.Refusal.Length == 0, MarkerType.Triangle, Tried, 1);
        AddPoints(model, "refused by a gate", trials, trial => trial.Refusal.Length > 0, MarkerType.Square, Refused, 2);
        return ResultsPlot.ToSvg(model);
    }

    private static TextAnnotation Speed(CompressionTrial trial) => new()
    {
        Text = string.Create(CultureInfo.InvariantCulture, $"{trial.Speedup:0.0#}×"),
        TextPosition = new DataPoint(trial.Bytes / 1e6, trial.DevAccuracy),
        Offset = new ScreenVector(0, -8),
        TextVerticalAlignment = VerticalAlignment.Bottom,
        StrokeThickness = 0,
        TextColor = Taken,
        FontSize = 10,
    };

    private static void AddPoints(PlotModel model, string name, IReadOnlyList<CompressionTrial> trials, Func<CompressionTrial, bool> isOne, MarkerType marker, OxyColor colour, int legend)
    {
        var points = new ScatterSeries { MarkerType = marker, MarkerFill = colour, MarkerSize = 4 };
        points.Points.AddRange(trials.Where(isOne).Select(trial => new ScatterPoint(trial.Bytes / 1e6, trial.DevAccuracy)));
        if (points.Points.Count == 0)
            return;
        model.Series.Add(points);
        model.Annotations.Add(ResultsPlot.Legend(model, name, legend, colour));
    }
}
