using Retort.Students;
using static TorchSharp.torch;

namespace Retort.Distillation.Alignment;

/// <summary>What a student makes of a batch before it classifies.</summary>
/// <param name="Map">(batch, length, windows · filters) What its windows find at each position; what stands at padding means nothing.</param>
/// <param name="Pooled">(batch, pooled width)</param>
/// <param name="Batch">What it was made from.</param>
internal sealed record StudentFeatures(Tensor Map, Tensor Pooled, TextBatch Batch);

/// <summary>A term that holds a student to what goes on within the teacher.</summary>
internal interface IAlignmentTerm : IDisposable
{
    /// <summary>The term's name.</summary>
    string Name { get; }

    /// <summary>What is trained beside the student, is in checkpoints, and is thrown away at the end.</summary>
    nn.Module Heads { get; }

    /// <summary>Of what is trained beside the student.</summary>
    double LearningRate { get; }

    /// <summary>Takes note of how much the task depends on each feature, where that is asked for.</summary>
    /// <param name="task">The soft-label term.</param>
    /// <param name="features">That it was computed from.</param>
    void Observe(Tensor task, StudentFeatures features);

    /// <summary>A scalar in the caller's dispose scope, over what of the batch has something to be held to; null: nothing has.</summary>
    /// <param name="features">The student's.</param>
    /// <param name="batch">Indices into the transfer set.</param>
    Tensor? Loss(StudentFeatures features, int[] batch);

    /// <summary>Whether what it is held to has become nearly the same everywhere, so that there is nothing to learn.</summary>
    /// <param name="batch">Indices into the transfer set.</param>
    bool HasCollapsed(int[] batch);
}
