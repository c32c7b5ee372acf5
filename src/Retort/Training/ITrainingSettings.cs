namespace Retort.Training;

/// <summary>What the options of fine-tuning and of distillation have in common.</summary>
public interface ITrainingSettings
{
    int Epochs { get; }

    int BatchSize { get; }

    double LearningRate { get; }

    double WeightDecay { get; }

    double WarmupFraction { get; }

    double ClipNorm { get; }

    int EvaluationsPerEpoch { get; }

    int Patience { get; }

    DevMetric Metric { get; }
}
