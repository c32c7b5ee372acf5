using TorchSharp.Modules;

namespace Retort.Training;

/// <summary>What the steps of a parameter are scaled by.</summary>
public enum GradientScale
{
    /// <summary>Each number by its own moments.</summary>
    Dense,

    /// <summary>The same of a table of which a batch uses a few rows, whose gradients are sparse: a row moves when it is used, however small its gradient, by as much as any other.</summary>
    Row,

    /// <summary>
    /// Of such a table, each column by the mean square over the rows that batches use, without momentum: a row moves by as much as its gradient is larger than others',
    /// so that what is seen once moves little, and what is seen often and means the same each time moves far.
    /// </summary>
    Table,
}

/// <summary>Parameters that share a learning rate and a weight decay.</summary>
/// <param name="Parameters">Name (unique over all groups) and value.</param>
/// <param name="LearningRate">Peak learning rate; the schedule scales it.</param>
/// <param name="WeightDecay">Decoupled decay a step, as a share of the learning rate.</param>
/// <param name="Scale">What steps are scaled by; all but dense gradients are sparse.</param>
public sealed record ParameterGroup(
    IReadOnlyList<(string Name, Parameter Value)> Parameters, double LearningRate, double WeightDecay,
    GradientScale Scale = GradientScale.Dense);
