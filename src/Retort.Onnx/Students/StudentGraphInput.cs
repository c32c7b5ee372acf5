using Retort.Runtime.Model;

namespace Retort.Onnx.Students;

/// <summary>What fixes the graph of a TextCNN student. The names of its weights are those of a student's folder.</summary>
public sealed record StudentGraphInput
{
    /// <summary>Rows of the token embeddings.</summary>
    public required int VocabularySize { get; init; }

    /// <summary>Width of what the convolutions read.</summary>
    public required int EmbeddingWidth { get; init; }

    /// <summary>Widths of the convolutions in tokens, in the order in which they are pooled.</summary>
    public required IReadOnlyList<int> Windows { get; init; }

    /// <summary>Channels of each window after the activation.</summary>
    public required int Filters { get; init; }

    /// <summary>Half of the raw channels times the sigmoid of the other half; otherwise ReLU.</summary>
    public required bool Gated { get; init; }

    /// <summary>Means of every window after the maxima.</summary>
    public required bool MeanPooled { get; init; }

    /// <summary>Rows of the table of hashed bigrams and trigrams; 0: none.</summary>
    public required int NgramBuckets { get; init; }

    /// <summary>Width of that table.</summary>
    public required int NgramWidth { get; init; }

    /// <summary>Width of the hidden layer before the classifier; 0: none.</summary>
    public required int HiddenWidth { get; init; }

    /// <summary>Outputs.</summary>
    public required int Classes { get; init; }

    /// <summary>Whether classes do not exclude each other.</summary>
    public required bool MultiLabel { get; init; }

    /// <summary>What logits are divided by before they become probabilities.</summary>
    public required double Temperature { get; init; }

    /// <summary>Facts that go into the file: classes, length limit, tokenizer.</summary>
    public required IReadOnlyDictionary<string, string> Metadata { get; init; }

    /// <summary>Reads a weight by its name, row-major.</summary>
    public required Func<string, float[]> Weights { get; init; }

    /// <summary>Channels of each window before the activation.</summary>
    internal int RawChannels => Gated ? 2 * Filters : Filters;

    /// <summary>Width of the pooled vector.</summary>
    internal int PooledWidth =>
        Windows.Count * Filters * (MeanPooled ? 2 : 1) + (NgramBuckets > 0 ? NgramHash.Orders * NgramWidth : 0);
}
