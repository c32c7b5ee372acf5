namespace Retort.Onnx.Teachers;

/// <summary>What fixes the graph of a BertForSequenceClassification. The names of its weights are Hugging Face's.</summary>
public sealed record BertGraphInput
{
    public required int VocabularySize { get; init; }

    public required int Hidden { get; init; }

    public required int Layers { get; init; }

    public required int Heads { get; init; }

    public required int Intermediate { get; init; }

    /// <summary>Rows of the position embeddings: the longest input.</summary>
    public required int MaxPositions { get; init; }

    public required int TokenTypes { get; init; }

    public required double LayerNormEpsilon { get; init; }

    /// <summary>The tanh approximation of GELU; otherwise x·Φ(x).</summary>
    public required bool TanhGelu { get; init; }

    /// <summary>Outputs.</summary>
    public required int Classes { get; init; }

    /// <summary>Whether classes do not exclude each other.</summary>
    public required bool MultiLabel { get; init; }

    /// <summary>Facts that go into the file: classes, length limit, tokenizer.</summary>
    public required IReadOnlyDictionary<string, string> Metadata { get; init; }

    /// <summary>Reads a weight by its name, row-major.</summary>
    public required Func<string, GraphWeight> Weights { get; init; }
}
