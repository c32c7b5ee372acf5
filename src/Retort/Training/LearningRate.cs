namespace Retort.Training;

/// <summary>The learning-rate schedule, as a factor of the peak.</summary>
public static class LearningRate
{
    /// <summary>Rises linearly over the first share of the steps, then falls to 0 at the end.</summary>
    /// <param name="step">The step about to be taken, from 0.</param>
    /// <param name="steps">Steps in all.</param>
    /// <param name="warmupFraction">Share of the steps that rise, 0 to 1.</param>
    /// <param name="decay">How it falls.</param>
    /// <returns>A factor in (0, 1].</returns>
    public static double Factor(long step, long steps, double warmupFraction, Decay decay)
    {
        long warmup = (long)Math.Ceiling(warmupFraction * steps);
        if (step < warmup)
            return (step + 1.0) / warmup;
        double rest = (step - warmup) / (double)Math.Max(1, steps - warmup);
        return decay == Decay.Linear ? 1 - rest : 0.5 * (1 + Math.Cos(Math.PI * rest));
    }
}
