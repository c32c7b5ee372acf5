using Retort.Data;

namespace Retort.Cli.Predictions;

/// <summary>What a model says of one text.</summary>
/// <param name="Labels">The classes.</param>
/// <param name="Probabilities">(classes) The probability of each.</param>
/// <param name="Chosen">The chosen classes: exactly one of a single-label task, any number of a multi-label one.</param>
internal sealed record Prediction(LabelSet Labels, IReadOnlyList<float> Probabilities, IReadOnlyList<int> Chosen);
