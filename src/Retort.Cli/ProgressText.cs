using System.Globalization;
using Retort.Runs;

namespace Retort.Cli;

/// <summary>Progress in words.</summary>
internal static class ProgressText
{
    /// <summary>What is slower is told by the minute, or by the hour.</summary>
    private const double Slow = 0.1;

    /// <summary><c>1,200/5,000 steps, 35.2 steps/s, 1:48 left</c>.</summary>
    public static string Of(StageProgress report, ProgressRate rate)
    {
        string text = Invariant($"{report.Done:N0}/{report.Total:N0} {report.Unit}");
        if (rate.PerSecond is > 0 and double speed)
            text += $", {Speed(speed, report.Unit)}";
        if (report.Done < report.Total && rate.Left(report.Done, report.Total) is { } left)
            text += $", {Duration(left)} left";
        return text;
    }

    /// <summary><c>0:07</c>, <c>12:30</c>, <c>3:05:00</c>.</summary>
    public static string Duration(TimeSpan time) => time.TotalHours >= 1
        ? Invariant($"{(int)time.TotalHours}:{time:mm\\:ss}")
        : Invariant($"{time.Minutes}:{time:ss}");

    private static string Speed(double perSecond, string unit)
    {
        (double value, string time) = perSecond >= Slow ? (perSecond, "s") : perSecond * 60 >= Slow ? (perSecond * 60, "min") : (perSecond * 3600, "h");
        return $"{value.ToString(value < 10 ? "0.00" : value < 100 ? "0.0" : "N0", CultureInfo.InvariantCulture)} {unit}/{time}";
    }

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
