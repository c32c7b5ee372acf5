namespace Retort.Runs;

/// <summary>A stage's report on itself, for a progress bar or a log line.</summary>
/// <param name="Stage">The stage, as the command line names it: <c>teach</c>, <c>label</c>, <c>distill</c> …</param>
/// <param name="Done">Units finished; 0 with a <paramref name="Total"/> of 0 for a plain message.</param>
/// <param name="Total">Units in all.</param>
/// <param name="Unit">What is counted: <c>texts</c>, <c>steps</c>, <c>bytes</c>.</param>
/// <param name="Message">A line worth keeping (a score, a warning), or null.</param>
public sealed record StageProgress(string Stage, long Done, long Total, string Unit, string? Message = null)
{
    /// <summary>A line to show that counts nothing.</summary>
    public static StageProgress Note(string stage, string message) => new(stage, 0, 0, "", message);
}
