namespace Retort.Runtime.Kernels;

/// <summary>
/// The instructions of one vector width. A block is as many channels as a vector has bytes; its 16-bit sums stand in two
/// vectors, low and high, in whatever order the instructions leave them: only loads and stores know it.
/// </summary>
internal unsafe interface ILanes<TWords> where TWords : struct
{
    static abstract string Name { get; }

    /// <summary>Channels of a block.</summary>
    static abstract int Block { get; }

    /// <summary>Adds the bytes of a block of one row.</summary>
    static abstract void AddRow(sbyte* row, ref TWords low, ref TWords high);

    /// <summary>Adds the bytes of a block of two rows.</summary>
    static abstract void AddRows(sbyte* first, sbyte* second, ref TWords low, ref TWords high);

    /// <summary>Reads a block of words in the order of channels.</summary>
    static abstract void Load(ref short source, out TWords low, out TWords high);

    /// <summary>Writes a block of words in the order of channels.</summary>
    static abstract void Store(TWords low, TWords high, ref short destination);

    /// <summary>Adds a block of words to sums that stand in the order of channels.</summary>
    static abstract void Accumulate(TWords low, TWords high, ref int sums);

    static abstract TWords All(short value);

    static abstract TWords Max(TWords a, TWords b);

    static abstract TWords Min(TWords a, TWords b);

    static abstract TWords Abs(TWords a);

    static abstract TWords Add(TWords a, TWords b);

    static abstract TWords Subtract(TWords a, TWords b);

    static abstract TWords ShiftLeft(TWords a, int count);

    /// <summary>(a · b + 2^14) ≫ 15; not both are −32,768.</summary>
    static abstract TWords Multiply(TWords a, TWords b);

    /// <summary>Where the sign is negative the one, else the other.</summary>
    static abstract TWords Choose(TWords sign, TWords negative, TWords other);
}
