using TorchSharp.Modules;

namespace Retort.Training;

/// <summary>Parameters that share a learning rate and a weight decay.</summary>
/// <param name="Parameters">Name (unique over all groups) and value.</param>
/// <param name="LearningRate">Peak learning rate; the schedule scales it.</param>
/// <param name="WeightDecay">Decoupled decay a step, as a share of the learning rate.</param>
/// <param name="Sparse">Whether the gradients are sparse: an embedding table of which a batch uses a few rows.</param>
public sealed record ParameterGroup(
    IReadOnlyList<(string Name, Parameter Value)> Parameters, double LearningRate, double WeightDecay,
    bool Sparse = false);
