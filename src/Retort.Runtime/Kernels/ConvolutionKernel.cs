namespace Retort.Runtime.Kernels;

/// <summary>Runs one window over positions and pools it. All kernels give the same bits as <see cref="ScalarKernel"/>.</summary>
internal abstract unsafe class ConvolutionKernel
{
    /// <summary>What RETORT_KERNEL calls it.</summary>
    public abstract string Name { get; }

    /// <summary>Channels that it treats at once: rows are padded to a multiple.</summary>
    public abstract int Block { get; }

    /// <summary>Raises maxima to what stands at some positions, and adds activations to sums where there are any.</summary>
    /// <param name="table">The window.</param>
    /// <param name="rows">
    /// The rows of tokens; position i reads rows i to i + window − 1, at <see cref="WindowTable.Offset"/> of each.
    /// </param>
    /// <param name="positions">How many.</param>
    /// <param name="maxima">
    /// (channels) of a gated window its activations; else its sums without bias, for neither the bias, the same at all
    /// positions, nor ReLU changes which is the largest.
    /// </param>
    /// <param name="sums">(channels) or null; activations of at most 65,536 positions fit.</param>
    public abstract void Pool(WindowTable table, nint* rows, int positions, short* maxima, int* sums);

    /// <summary>Puts numbers of channels into the order in which the kernel wants them.</summary>
    public virtual void Arrange(Span<short> channels) { }
}
