using Retort.Runs;
using static TorchSharp.torch;

namespace Retort.Training;

/// <summary>What a step draws outside libtorch.</summary>
public static class StepRandom
{
    /// <summary>
    /// A generator seeded from libtorch's own, which the training loop seeds at every step: a resumed job draws what it
    /// would have drawn.
    /// </summary>
    public static SeededRandom Draw() => new(randint(long.MaxValue, [1]).item<long>());
}
