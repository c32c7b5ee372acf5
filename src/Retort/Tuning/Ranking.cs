using Retort.Training;

namespace Retort.Tuning;

/// <summary>Which of two trials is the better, on dev.</summary>
/// <param name="metric">What they are compared by.</param>
/// <param name="maxLatency">Microseconds that half of the texts must stay within; null: no limit.</param>
internal sealed class Ranking(DevMetric metric, double? maxLatency)
{
    /// <summary>The score; null where the trial has none.</summary>
    public double? Score(Trial trial) => trial.Figures?.Of(metric);

    /// <summary>Whether a trial is fast enough.</summary>
    public bool IsAllowed(Trial trial) => maxLatency is not { } limit || trial.Figures?.P50 <= limit;

    /// <summary>The best first: those that are fast enough before the others, the lower loss before the higher where scores are equal, and of the same the one that was thought of first.</summary>
    public IEnumerable<Trial> Best(IEnumerable<Trial> trials) => trials
        .Where(trial => trial.State == TrialState.Done && Score(trial) is not null)
        .OrderByDescending(IsAllowed).ThenByDescending(Score).ThenBy(trial => trial.Figures!.Loss).ThenBy(trial => trial.Configuration);
}
