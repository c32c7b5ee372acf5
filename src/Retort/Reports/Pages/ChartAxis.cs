using System.Globalization;

namespace Retort.Reports.Pages;

/// <summary>An axis of a chart.</summary>
/// <param name="Title">What is measured, with its unit.</param>
internal sealed record ChartAxis(string Title)
{
    /// <summary>Equal ratios are as far apart; every value must be above 0.</summary>
    public bool IsLogarithmic { get; init; }

    /// <summary>Where it begins; null: a little below the least value.</summary>
    public double? Low { get; init; }

    /// <summary>Where it ends; null: a little above the greatest value.</summary>
    public double? High { get; init; }

    /// <summary>How a tick is written; null: in as many digits as its distance to the next needs.</summary>
    public Func<double, string>? Label { get; init; }
}

/// <summary>An axis that knows its values.</summary>
internal sealed class ChartScale
{
    private const double Margin = 0.06;

    private readonly ChartAxis _axis;

    /// <param name="axis">The axis.</param>
    /// <param name="values">All that are drawn; at least one.</param>
    public ChartScale(ChartAxis axis, IReadOnlyList<double> values)
    {
        _axis = axis;
        double low = Map(axis.Low ?? values.Min()), high = Map(axis.High ?? values.Max());
        // Where all values are one, it stands in the middle.
        double margin = high > low ? Margin * (high - low) : Math.Max(Math.Abs(high) * 0.1, 0.1);
        (Low, High) = (axis.Low is null || high <= low ? low - margin : low, axis.High is null || high <= low ? high + margin : high);
    }

    private double Low { get; }

    private double High { get; }

    /// <summary>Where a value stands, 0 at the beginning and 1 at the end.</summary>
    public double Place(double value) => (Map(value) - Low) / (High - Low);

    /// <summary>Round values and what is written beside them, at most as many as asked for.</summary>
    public IReadOnlyList<(double Value, string Label)> Ticks(int most)
    {
        double[] values = _axis.IsLogarithmic ? Logarithmic(most) : Linear(most);
        int digits = values.Length < 2 || _axis.IsLogarithmic ? 0 : Math.Max(0, (int)Math.Ceiling(-Math.Log10(values[1] - values[0]) - 1e-9));
        return [.. values.Select(value => (value, _axis.Label?.Invoke(value) ?? (_axis.IsLogarithmic
            ? value.ToString("#,0.######", CultureInfo.InvariantCulture) : value.ToString($"N{digits}", CultureInfo.InvariantCulture))))];
    }

    private double[] Linear(int most)
    {
        double step = Math.Pow(10, Math.Floor(Math.Log10((High - Low) / most)));
        foreach (double times in new[] { 1, 2, 2.5, 5, 10, 20 })
        {
            double[] ticks = Multiples(step * times);
            if (ticks.Length <= most)
                return ticks;
        }
        return [];
    }

    private double[] Multiples(double step)
    {
        // A hair beyond the ends counts as the end.
        double first = Math.Ceiling(Low / step - 1e-6), last = Math.Floor(High / step + 1e-6);
        return [.. Enumerable.Range(0, (int)Math.Max(0, last - first + 1)).Select(k => Math.Round((first + k) * step, 12))];
    }

    // 1, 2 and 5 times powers of ten, or as few of them as fit.
    private double[] Logarithmic(int most)
    {
        foreach (double[] mantissas in new double[][] { [1, 2, 3, 5, 7], [1, 2, 5], [1, 3], [1] })
        {
            double[] ticks = [.. Enumerable.Range((int)Math.Floor(Low), (int)(Math.Ceiling(High) - Math.Floor(Low)) + 1)
                .SelectMany(power => mantissas.Select(mantissa => mantissa * Math.Pow(10, power)))
                .Where(value => Place(value) is >= -1e-9 and <= 1 + 1e-9)];
            if (ticks.Length <= most && ticks.Length > 0)
                return ticks;
        }
        return [Math.Pow(10, Math.Round((Low + High) / 2, 2))];
    }

    private double Map(double value) => _axis.IsLogarithmic ? Math.Log10(value) : value;
}
