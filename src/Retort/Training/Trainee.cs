using static TorchSharp.torch;

namespace Retort.Training;

/// <summary>One term of an objective.</summary>
/// <param name="Name">As DESIGN names it: <c>soft_label</c>, <c>hard_label</c> …</param>
/// <param name="Weight">Its weight in the sum.</param>
/// <param name="Value">The unweighted loss, a scalar.</param>
public sealed record LossTerm(string Name, double Weight, Tensor Value)
{
    /// <summary>What it counts by beside its weight, where that is learnt: a scalar; null: 1.</summary>
    public Tensor? Factor { get; init; }

    /// <summary>Whether nothing of the batch has a part in it, so that its value of 0 says nothing.</summary>
    public bool IsEmpty { get; init; }

    /// <summary>Whether it only keeps a learnt factor in bounds, and is no term of its own.</summary>
    public bool IsRegularizer { get; init; }

    /// <summary>Its gradient before its weight was changed, where it is known already.</summary>
    internal TermGradient? Gradient { get; init; }

    /// <summary>What it adds to the objective.</summary>
    public Tensor Weighted() => Factor is null ? Weight * Value : Weight * Factor * Value;
}

/// <summary>What the training loop trains: a teacher or a student with its data.</summary>
public interface ITrainee
{
    /// <summary>The stage's name in messages: <c>teach</c>, <c>distill</c>.</summary>
    string Stage { get; }

    /// <summary>Its parameters are optimized, checkpointed and, at the best look at dev, kept.</summary>
    nn.Module Module { get; }

    /// <summary>Every parameter of <see cref="Module"/> that is to move.</summary>
    IReadOnlyList<ParameterGroup> Groups { get; }

    /// <summary>Dense parameters that every term of the objective depends on: where terms can pull against each other. Empty: not looked at.</summary>
    IReadOnlyList<Tensor> Shared => [];

    /// <summary>The length of each training text in tokens.</summary>
    IReadOnlyList<int> Lengths { get; }

    /// <summary>Which texts are learnt from at which step; unless a trainee says otherwise, each once an epoch.</summary>
    /// <param name="options">The loop's.</param>
    IBatchPlan Plan(TrainingOptions options) => new BatchPlan(Lengths, options.BatchSize, options.Seed);

    /// <summary>The terms of the objective on a batch of training texts; the loop owns their dispose scope.</summary>
    IReadOnlyList<LossTerm> Losses(int[] batch);

    /// <summary>Scores on dev, with the module in evaluation mode.</summary>
    DevScores Evaluate(CancellationToken cancellation);

    /// <summary>What is wrong with a term, in words, that its gradient does not tell; asked for at each look, and each line is told once in a training.</summary>
    IReadOnlyList<string> Advise() => [];
}
