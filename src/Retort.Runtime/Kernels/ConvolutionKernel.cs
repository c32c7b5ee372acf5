namespace Retort.Runtime.Kernels;

/// <summary>Runs one window over positions and pools it. All kernels give the same bits as <see cref="ScalarKernel"/>.</summary>
internal abstract unsafe class ConvolutionKernel
{
    /// <summary>What RETORT_KERNEL calls it.</summary>
    public abstract string Name { get; }

    /// <summary>Channels that it treats at once: rows are padded to a multiple.</summary>
    public abstract int Block { get; }

    /// <summary>Raises maxima to the activations at some positions, and adds these to sums where there are any.</summary>
    /// <param name="table">The window.</param>
    /// <param name="rows">
    /// The rows of tokens; position i reads rows i to i + window − 1, at <see cref="WindowTable.Offset"/> of each.
    /// </param>
    /// <param name="positions">How many.</param>
    /// <param name="maxima">(channels) of a gated window its activations, else its sums before the activation.</param>
    /// <param name="sums">(channels) or empty; activations of at most 65,536 positions fit.</param>
    public abstract void Pool(WindowTable table, nint* rows, int positions, Span<short> maxima, Span<int> sums);
}
