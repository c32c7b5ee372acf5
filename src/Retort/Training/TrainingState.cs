namespace Retort.Training;

/// <summary>One term of the objective between two looks at dev.</summary>
/// <param name="Name">As in <see cref="LossTerm.Name"/>.</param>
/// <param name="Loss">The mean of its unweighted values since the last look, over batches that have a part in it; null: there was none.</param>
/// <param name="Weight">What it counted by at the look's step, learnt factors included.</param>
/// <param name="GradientNorm">Of its gradient by its weight, at the look's step; null where it was not looked at: with one term alone.</param>
/// <param name="Cosine">Of its gradient to that of the first term.</param>
public sealed record TermLook(string Name, double? Loss, double Weight, double? GradientNorm, double? Cosine);

/// <summary>One look at dev.</summary>
/// <param name="Step">Steps taken.</param>
/// <param name="Scores">On dev.</param>
public sealed record Look(long Step, DevScores Scores)
{
    /// <summary>The terms of the objective; empty in a look that an older version took.</summary>
    public IReadOnlyList<TermLook> Terms { get; init; } = [];

    /// <summary>What is wrong with a term, in words, where it was said at this look.</summary>
    public IReadOnlyList<string> Advice { get; init; } = [];
}

/// <summary>The values of a term since the last look.</summary>
/// <param name="Name">The term.</param>
/// <param name="Sum">Of its unweighted values.</param>
/// <param name="Count">Of the batches that had a part in it.</param>
public sealed record TermSum(string Name, double Sum, long Count);

/// <summary>How far a training has come. Immutable; stored in each checkpoint.</summary>
public sealed record TrainingState(
    long Step, DevScores? Best, long BestStep, int LooksSinceRise, IReadOnlyList<Look> History, TimeSpan Elapsed)
{
    public static TrainingState Start { get; } = new(0, null, 0, 0, [], TimeSpan.Zero);

    /// <summary>The terms since the last look.</summary>
    public IReadOnlyList<TermSum> Terms { get; init; } = [];

    /// <summary>Whether the score has not risen for too long.</summary>
    /// <param name="patience">Looks without a better score; 0: never stop.</param>
    public bool HasStopped(int patience) => patience > 0 && LooksSinceRise >= patience;

    /// <summary>
    /// The state after a look at dev. Of equal scores the one with the higher likelihood is the best: on a dev set that is
    /// easy or small the first of them would be an early one.
    /// </summary>
    /// <param name="look">What was seen.</param>
    /// <param name="metric">What is the best.</param>
    public TrainingState After(Look look, DevMetric metric)
    {
        DevScores scores = look.Scores;
        bool rises = Best is null || scores.Of(metric) > Best.Of(metric);
        bool better = rises || (scores.Of(metric) == Best!.Of(metric)
            && scores.NegativeLogLikelihood < Best.NegativeLogLikelihood);
        return this with
        {
            Best = better ? scores : Best,
            BestStep = better ? Step : BestStep,
            LooksSinceRise = rises ? 0 : LooksSinceRise + 1,
            History = [.. History, look],
            Terms = [],
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
