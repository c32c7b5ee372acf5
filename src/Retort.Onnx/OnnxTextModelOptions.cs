namespace Retort.Onnx;

/// <summary>What an ONNX text classifier is opened with.</summary>
public sealed record OnnxTextModelOptions
{
    /// <summary>Threads; 0: one a core.</summary>
    public int Threads { get; init; }

    /// <summary>The tokenizer's id of padding.</summary>
    public int PaddingId { get; init; }

    /// <summary>
    /// Texts of token ids that the model is tried on, of several lengths: they show what its outputs are. The first should
    /// hold the tokenizer's highest id.
    /// </summary>
    public required IReadOnlyList<int[]> Probe { get; init; }

    /// <summary>Classes that are expected, to tell outputs apart; 0: unknown.</summary>
    public int Classes { get; init; }
}
