namespace Retort.Runtime.Kernels;

/// <summary>
/// The instructions of one vector width. A block is as many channels as a vector has bytes; its 16-bit sums stand in two
/// vectors, low and high, in whatever order the instructions leave them: <see cref="Reorder"/> alone knows it.
/// </summary>
internal unsafe interface ILanes<TWords> where TWords : struct
{
    static abstract string Name { get; }

    /// <summary>Channels of a block.</summary>
    static abstract int Block { get; }

    /// <summary>Widens a block of a row.</summary>
    static abstract void Widen(sbyte* row, out TWords low, out TWords high);

    /// <summary>Widens and adds a block of two rows, so many bytes behind where they begin.</summary>
    static abstract void WidenPair(sbyte* first, sbyte* second, nint at, out TWords low, out TWords high);

    /// <summary>From the order of channels to that of the instructions, and back.</summary>
    static abstract void Reorder(ref TWords low, ref TWords high);

    static abstract TWords Load(short* source);

    static abstract void Store(TWords words, short* destination);

    /// <summary>Adds a block of words, in the order of channels, to sums.</summary>
    static abstract void Accumulate(TWords low, TWords high, int* sums);

    static abstract TWords All(short value);

    static abstract TWords Max(TWords a, TWords b);

    static abstract TWords Min(TWords a, TWords b);

    static abstract TWords Abs(TWords a);

    static abstract TWords Add(TWords a, TWords b);

    static abstract TWords Subtract(TWords a, TWords b);

    /// <summary>The lower half of the product.</summary>
    static abstract TWords MultiplyLow(TWords a, TWords b);

    /// <summary>(a · b + 2^14) ≫ 15; not both are −32,768.</summary>
    static abstract TWords Multiply(TWords a, TWords b);

    /// <summary>Where the sign is negative the one, else the other.</summary>
    static abstract TWords Choose(TWords sign, TWords negative, TWords other);
}
