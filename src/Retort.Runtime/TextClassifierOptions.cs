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
    /// The most bytes of folded token rows to keep. Tokens beyond it, the rarest ones, are folded again for each text: the same
    /// answers, more slowly. Default: no limit. In 8 bits a token takes the sum of the windows × raw channels, padded to 32 or 64.
    /// Not counted: the n-gram table, and what each text under way needs, about 130 rows where there is a limit.
    /// </summary>
    public long MaxTableBytes { get; init; } = long.MaxValue;

    /// <summary>
    /// Fold the rows that <see cref="MaxTableBytes"/> allows while loading, on all processors, rather than as texts bring their
    /// tokens. Loading then takes longer and no answer waits for them; what they were folded from is let go. Default: false.
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
