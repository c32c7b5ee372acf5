namespace Retort.Training;

/// <summary>What the training loop needs to know, of a teacher or of a student.</summary>
public sealed record TrainingOptions
{
    public int Epochs { get; init; } = 3;

    public int BatchSize { get; init; } = 32;

    /// <summary>The peak, of all parameters but embeddings; the loop reports it, the parameters' groups hold what they are trained at.</summary>
    public double LearningRate { get; init; }

    public double WarmupFraction { get; init; }

    public Decay Decay { get; init; } = Decay.Linear;

    public double ClipNorm { get; init; }

    public double EmaDecay { get; init; }

    public int EvaluationsPerEpoch { get; init; } = 1;

    public int Patience { get; init; }

    public DevMetric Metric { get; init; } = DevMetric.Accuracy;

    public int Seed { get; init; } = 1;

    /// <summary>Least time between two checkpoints that are not at a look at dev.</summary>
    public TimeSpan CheckpointInterval { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>What a teacher's or a student's options say of the loop; the rest stays at its default.</summary>
    public static TrainingOptions Of(ITrainingSettings settings, int seed) => new()
    {
        Epochs = settings.Epochs,
        BatchSize = settings.BatchSize,
        LearningRate = settings.LearningRate,
        WarmupFraction = settings.WarmupFraction,
        ClipNorm = settings.ClipNorm,
        EvaluationsPerEpoch = settings.EvaluationsPerEpoch,
        Patience = settings.Patience,
        Metric = settings.Metric,
        Seed = seed,
    };
}
