using System.Globalization;
using Retort.Evaluation;

namespace Retort.Reports.Sections;

/// <summary>What answers cost.</summary>
internal static class Cost
{
    private const double Texts = 1e6, SecondsAnHour = 3600;

    /// <summary>US dollars for a million texts, one after another on one core that is never idle; null where the model was not timed.</summary>
    /// <param name="latency">How fast it is.</param>
    /// <param name="hourlyPrice">US dollars that the core costs an hour.</param>
    public static double? OfMillion(Latency? latency, double hourlyPrice) => latency is null ? null : Texts / latency.TextsPerSecond / SecondsAnHour * hourlyPrice;

    /// <summary>Two digits or more: $0.00018, $0.60, $12.30.</summary>
    public static string Text(double? dollars) => dollars is not { } value ? Figures.None
        : "$" + value.ToString($"F{(value is > 0 and < 0.1 ? (int)Math.Ceiling(-Math.Log10(value)) + 1 : 2)}", CultureInfo.InvariantCulture);
}
