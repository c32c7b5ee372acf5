using System.ComponentModel;
using Retort.Runs;

namespace Retort.Reports;

/// <summary>What the report of a run shows.</summary>
public sealed record ReportOptions
{
    [Description("US dollars that one core costs an hour, which costs of a million texts come from: about what clouds ask for one of a general machine")]
    public double HourlyPrice { get; init; } = 0.04;

    [Description("Texts that student and teacher decide differently, of which the report shows excerpts; 0: no text stands in it")]
    public int Examples { get; init; } = 100;

    [Description("Seconds that each model is timed for, one text at a time, after a quarter as long to warm up; at least 20 texts")]
    public double LatencySeconds { get; init; } = 2;

    /// <exception cref="UsageException">A value is out of its range.</exception>
    public void Validate()
    {
        OptionRange.Above("report.hourly_price", HourlyPrice, 0);
        OptionRange.Within("report.examples", Examples, 0, 1000);
        OptionRange.Within("report.latency_seconds", LatencySeconds, 0.01, 600);
    }
}
