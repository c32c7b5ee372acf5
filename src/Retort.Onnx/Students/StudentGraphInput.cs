using Retort.Runtime.Model;

namespace Retort.Onnx.Students;

/// <summary>What fixes the graph of a TextCNN student. The names of its weights are those of a student's folder.</summary>
public sealed record StudentGraphInput
{
    /// <summary>The folded student's sizes.</summary>
    public required StudentShape Shape { get; init; }

    /// <summary>Which buckets of n-grams have a row; null: all of them, or there are no n-grams.</summary>
    public NgramIndex? Ngrams { get; init; }

    /// <summary>Whether classes do not exclude each other.</summary>
    public required bool MultiLabel { get; init; }

    /// <summary>What logits are divided by before they become probabilities.</summary>
    public required double Temperature { get; init; }

    /// <summary>Facts that go into the file: classes, length limit, tokenizer.</summary>
    public required IReadOnlyDictionary<string, string> Metadata { get; init; }

    /// <summary>Reads a weight by its name, row-major.</summary>
    public required Func<string, GraphWeight> Weights { get; init; }
}
