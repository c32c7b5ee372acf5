namespace Retort.Training;

/// <summary>One look at dev.</summary>
public sealed record Look(long Step, DevScores Scores);

/// <summary>How far a training has come. Immutable; stored in each checkpoint.</summary>
public sealed record TrainingState(
    long Step, DevScores? Best, long BestStep, int LooksSinceRise, IReadOnlyList<Look> History, TimeSpan Elapsed)
{
    public static TrainingState Start { get; } = new(0, null, 0, 0, [], TimeSpan.Zero);

    /// <summary>Whether the score has not risen for too long.</summary>
    /// <param name="patience">Looks without a better score; 0: never stop.</param>
    public bool HasStopped(int patience) => patience > 0 && LooksSinceRise >= patience;

    /// <summary>
    /// The state after a look at dev. Of equal scores the one with the higher likelihood is the best: on a dev set that is
    /// easy or small the first of them would be an early one.
    /// </summary>
    public TrainingState After(DevScores scores, DevMetric metric)
    {
        bool rises = Best is null || scores.Of(metric) > Best.Of(metric);
        bool better = rises || (scores.Of(metric) == Best!.Of(metric)
            && scores.NegativeLogLikelihood < Best.NegativeLogLikelihood);
        return this with
        {
            Best = better ? scores : Best,
            BestStep = better ? Step : BestStep,
            LooksSinceRise = rises ? 0 : LooksSinceRise + 1,
            History = [.. History, new Look(Step, scores)],
        };
    }
}

/// <summary>What a training came to.</summary>
/// <param name="Steps">Steps taken.</param>
/// <param name="BestStep">The step whose weights were kept.</param>
/// <param name="Best">Its scores on dev.</param>
/// <param name="History">Every look at dev.</param>
/// <param name="Elapsed">Time spent training, interruptions left out.</param>
public sealed record TrainingResult(
    long Steps, long BestStep, DevScores Best, IReadOnlyList<Look> History, TimeSpan Elapsed);
