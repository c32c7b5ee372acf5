namespace Retort.Runtime;

/// <summary>The numbers that a classifier computes its convolutions with.</summary>
public enum TablePrecision
{
    /// <summary>8-bit tables: fast, small, and the same to the bit on every processor.</summary>
    Quantized,

    /// <summary>Single precision tables: slow, four times as large; to measure what 8 bits cost.</summary>
    Full,
}

/// <summary>How a classifier is loaded.</summary>
public sealed record TextClassifierOptions
{
    /// <summary>
    /// The most bytes of folded tables to keep, in all. Tokens beyond it, the rarest ones, are folded again for each text:
    /// the same answers, more slowly. Default: no limit; a token takes raw channels × sum of windows bytes in INT8.
    /// </summary>
    public long MaxTableBytes { get; init; } = long.MaxValue;

    /// <summary>
    /// Fold the tables while loading, on all processors, rather than a token at a time as texts bring them. Loading then takes
    /// longer, no answer waits, and the embeddings are let go. Default: false.
    /// </summary>
    public bool FoldAtLoad { get; init; }

    /// <summary>The numbers of the tables. Default: <see cref="TablePrecision.Quantized"/>.</summary>
    public TablePrecision Precision { get; init; } = TablePrecision.Quantized;

    internal void Validate()
    {
        if (MaxTableBytes < 0)
            throw new ArgumentException($"MaxTableBytes is {MaxTableBytes}; expected 0 or more bytes");
        if (!Enum.IsDefined(Precision))
            throw new ArgumentException($"Precision is {Precision}; expected Quantized or Full");
    }
}
