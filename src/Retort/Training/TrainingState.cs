namespace Retort.Training;

/// <summary>One look at dev.</summary>
public sealed record Look(long Step, DevScores Scores);

/// <summary>How far a training has come. Immutable; stored in each checkpoint.</summary>
public sealed record TrainingState(
    long Step, DevScores? Best, long BestStep, int LooksSinceBest, IReadOnlyList<Look> History, TimeSpan Elapsed)
{
    public static TrainingState Start { get; } = new(0, null, 0, 0, [], TimeSpan.Zero);

    /// <summary>Whether the score has not risen for too long.</summary>
    /// <param name="patience">Looks without a better score; 0: never stop.</param>
    public bool HasStopped(int patience) => patience > 0 && LooksSinceBest >= patience;

    /// <summary>The state after a look at dev.</summary>
    public TrainingState After(DevScores scores, bool better) => this with
    {
        Best = better ? scores : Best,
        BestStep = better ? Step : BestStep,
        LooksSinceBest = better ? 0 : LooksSinceBest + 1,
        History = [.. History, new Look(Step, scores)],
    };
}

/// <summary>What a training came to.</summary>
/// <param name="Steps">Steps taken.</param>
/// <param name="BestStep">The step whose weights were kept.</param>
/// <param name="Best">Its scores on dev.</param>
/// <param name="History">Every look at dev.</param>
/// <param name="Elapsed">Time spent training, interruptions left out.</param>
public sealed record TrainingResult(
    long Steps, long BestStep, DevScores Best, IReadOnlyList<Look> History, TimeSpan Elapsed);
