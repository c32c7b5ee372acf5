using Retort.Runs;
using Retort.Tuning.Plans;

namespace Retort.Tuning;

/// <summary>How points of the space are taken.</summary>
public enum Strategy
{
    /// <summary>Every point, or, of more than are to be tried, some at random without one twice.</summary>
    Grid,

    /// <summary>Points at random.</summary>
    Random,

    /// <summary>Points with few epochs, the best of them with more, and so on (successive halving: Jamieson and Talwalkar 2016, arXiv:1502.07943).</summary>
    Halving,

    /// <summary>Points at random, then those that what came of the earlier ones speaks for (tree-structured Parzen estimator: Bergstra et al. 2011).</summary>
    Tpe,
}

/// <summary>What a study is to do.</summary>
public sealed record TuneOptions
{
    /// <summary>Arguments of <c>--vary</c>; empty: temperature × weight of the soft labels, by the situation.</summary>
    public IReadOnlyList<string> Vary { get; init; } = [];

    /// <summary>Null: a grid where it has no more than <see cref="SmallGrid"/> points, else random.</summary>
    public Strategy? Strategy { get; init; }

    /// <summary>Points that are tried at most, the base recipe left out; null: all of a small grid.</summary>
    public int? MaxTrials { get; init; }

    /// <summary>Epochs of the rungs of halving; empty: from the recipe's epochs down by <see cref="Reduction"/>, three rungs at most.</summary>
    public IReadOnlyList<int> Rungs { get; init; } = [];

    /// <summary>One of so many trials of a rung goes on to the next.</summary>
    public int Reduction { get; init; } = 3;

    /// <summary>Microseconds that half of the texts must stay within; null: no limit.</summary>
    public double? MaxLatency { get; init; }

    /// <summary>How many of the best are trained over several seeds.</summary>
    public int Finalists { get; init; } = 3;

    /// <summary>Over how many seeds finalists and the steps of an ablation are trained.</summary>
    public int FinalistSeeds { get; init; } = 3;

    /// <summary>Seed of every draw.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>Walk the steps that a team would take, in place of a search.</summary>
    public bool Ablate { get; init; }

    /// <summary>A grid of so many points is tried whole where nothing else is said.</summary>
    public const int SmallGrid = 64;

    /// <exception cref="UsageException">A value is out of its range, or says nothing beside the others.</exception>
    public void Validate()
    {
        if (MaxTrials is { } most)
            OptionRange.Within("--max-trials", most, 1, 100_000);
        OptionRange.Within("--reduction", Reduction, 2, 100);
        OptionRange.Within("--finalists", Finalists, 1, 1000);
        OptionRange.Within("--finalist-seeds", FinalistSeeds, 1, 1000);
        if (MaxLatency is { } limit)
            OptionRange.Above("--max-latency-us", limit, 0);
        if (Rungs.Count > 0)
        {
            OptionRange.Distinct("--rungs", [.. Rungs], 1, int.MaxValue);
            if (!Rungs.Order().SequenceEqual(Rungs))
                throw new UsageException($"--rungs is {string.Join(",", Rungs)}: expected numbers of epochs that rise");
        }
        if (Strategy != Tuning.Strategy.Halving && (Rungs.Count > 0 || Reduction != new TuneOptions().Reduction))
            throw new UsageException($"{(Rungs.Count > 0 ? "--rungs" : "--reduction")} is for halving: expected --strategy halving beside it");
        if (Strategy == Tuning.Strategy.Halving && Vary.Any(vary => vary.StartsWith("distillation.epochs=", StringComparison.Ordinal)))
            throw new UsageException("--vary distillation.epochs: halving sets the epochs itself (--rungs); expected another strategy, or other keys");
        if (Strategy == Tuning.Strategy.Tpe && MaxTrials <= ParzenSearch.Startup)
            throw new UsageException($"--max-trials is {MaxTrials}, and tpe draws its first {ParzenSearch.Startup} points at random: expected more, or --strategy random");
        if (Ablate && (Vary.Count > 0 || Strategy is not null || MaxTrials is not null || MaxLatency is not null))
            throw new UsageException("--ablate walks steps of its own: expected no --vary, --strategy, --max-trials or --max-latency-us beside it");
    }
}
