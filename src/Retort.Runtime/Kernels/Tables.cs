using Retort.Runtime.Model;

namespace Retort.Runtime.Kernels;

/// <summary>
/// One kind of tables: how a folded row is stored, and how rows are pooled. Immutable and thread-safe.
/// </summary>
internal abstract unsafe class Tables
{
    /// <param name="shape">The student's.</param>
    /// <param name="block">Channels are padded to a multiple of this.</param>
    protected Tables(StudentShape shape, int block)
    {
        Shape = shape;
        Channels = shape.Windows.Select((_, k) => (shape.Filters[k] + block - 1) / block * block).ToArray();
        Starts = Channels.Select((_, k) => Channels[..k].Sum()).ToArray();
        LeftMost = shape.Windows.Max(window => (window - 1) / 2);
        RightMost = shape.Windows.Max(window => window / 2);
    }

    public StudentShape Shape { get; }

    /// <summary>(windows) channels of a window's values or gates in a row, padded to whole blocks.</summary>
    public int[] Channels { get; }

    /// <summary>(windows) the channels before a window.</summary>
    public int[] Starts { get; }

    /// <summary>The channels of all windows.</summary>
    public int AllChannels => Channels.Sum();

    /// <summary>Tokens before a position that some window reads.</summary>
    public int LeftMost { get; }

    /// <summary>Tokens behind a position that some window reads.</summary>
    public int RightMost { get; }

    /// <summary>Bytes of a token's row, in whole cache lines.</summary>
    public abstract int RowBytes { get; }

    /// <summary>Stores a row as <see cref="RowFolder"/> computes it.</summary>
    public abstract void Write(ReadOnlySpan<float> row, nint destination);

    /// <summary>New storage for the pooling of one text at a time.</summary>
    public abstract Accumulator NewAccumulator();

    /// <summary>The activation of one filter at one position, for explanations.</summary>
    /// <param name="window">Index of the window.</param>
    /// <param name="rows">The rows of the window's tokens.</param>
    /// <param name="filter">Which filter.</param>
    public abstract float Activation(int window, nint* rows, int filter);

    /// <summary>Length of a row in entries.</summary>
    protected int Entries => checked(Shape.Windows.Zip(Channels, (window, channels) => window * channels).Sum() * Shape.Parts);
}

/// <summary>What one text comes to while its rows pass by. Not thread-safe.</summary>
internal abstract unsafe class Accumulator
{
    /// <summary>Begins a text.</summary>
    public abstract void Reset();

    /// <summary>Pools every window at some positions.</summary>
    /// <param name="rows">The rows from <see cref="Tables.LeftMost"/> tokens before the first position on.</param>
    /// <param name="positions">At most <see cref="TextPass.Chunk"/> and <see cref="Tables.RightMost"/> together.</param>
    public abstract void Pool(nint* rows, int positions);

    /// <summary>The maxima and means of a text of one token or more, in the order of <see cref="StudentShape.PooledWidth"/>.</summary>
    public abstract void WriteFeatures(Span<float> features, long tokens);
}
