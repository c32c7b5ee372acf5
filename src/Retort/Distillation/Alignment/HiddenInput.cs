using Retort.Runs;

namespace Retort.Distillation.Alignment;

/// <summary>A teacher's pooled states of a transfer set, and how a student is held to them.</summary>
/// <param name="Options">How.</param>
/// <param name="Width">Numbers a state.</param>
/// <param name="Known">The texts that have a state, in ascending order.</param>
/// <param name="Read">(rows × layers × width) The states of some of <paramref name="Known"/>, by their places there.</param>
public sealed record HiddenInput(HiddenOptions Options, int Width, int[] Known, Func<int[], float[]> Read)
{
    /// <exception cref="UsageException">Nothing projects one side to the width of the other.</exception>
    internal void RequireWidth(int features) => Options.RequireWidth("hidden", "pooled features", features, Width);
}
