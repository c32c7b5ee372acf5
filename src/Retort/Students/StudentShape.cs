using System.Text.Json.Serialization;
using Retort.Runs;

namespace Retort.Students;

/// <summary>What fixes a student's tensors: everything a reader of its folder must know to compute with them.</summary>
public sealed record StudentShape
{
    private const int LargestWidth = 1 << 20;

    /// <summary>Tokens in the student's vocabulary; row 0 is [UNK].</summary>
    public required int VocabularySize { get; init; }

    /// <summary>Outputs of the classifier.</summary>
    public required int Classes { get; init; }

    /// <summary>
    /// Width of the trained embeddings where a per-token layer (LayerNorm, then linear) brings them to
    /// <see cref="EmbeddingWidth"/>; 0 where the convolutions read the embeddings as they are, as in every saved student.
    /// </summary>
    public int SourceWidth { get; init; }

    /// <summary>Width of what the convolutions read.</summary>
    public required int EmbeddingWidth { get; init; }

    /// <summary>Widths of the convolutions in tokens, ascending.</summary>
    public required IReadOnlyList<int> Windows { get; init; }

    /// <summary>Channels of each window after the activation.</summary>
    public required int Filters { get; init; }

    public required Activation Activation { get; init; }

    public required Pooling Pooling { get; init; }

    /// <summary>Rows of the n-gram table; 0: no n-grams.</summary>
    public int NgramBuckets { get; init; }

    public int NgramWidth { get; init; }

    /// <summary>Width of the hidden layer before the classifier; 0: none.</summary>
    public int HiddenWidth { get; init; }

    /// <summary>Channels of each window before the activation: a gated one holds values, then gates.</summary>
    [JsonIgnore]
    public int RawChannels => Activation == Activation.Gated ? 2 * Filters : Filters;

    /// <summary>
    /// Width of the pooled vector: the maxima of every window in order, then the means of every window where they are
    /// pooled, then the sums of bigrams and of trigrams where there are any.
    /// </summary>
    [JsonIgnore]
    public int PooledWidth =>
        Windows.Count * Filters * (Pooling == Pooling.MaxMean ? 2 : 1)
        + (NgramBuckets > 0 ? NgramHash.Orders * NgramWidth : 0);

    /// <summary>The shape that options ask for.</summary>
    /// <param name="options">Valid options.</param>
    /// <param name="vocabularySize">Tokens in the student's vocabulary, [UNK] included.</param>
    /// <param name="classes">Outputs.</param>
    /// <param name="sourceWidth">Width of embeddings that a per-token layer is to project; 0: no such layer.</param>
    public static StudentShape From(StudentOptions options, int vocabularySize, int classes, int sourceWidth = 0) => new()
    {
        VocabularySize = vocabularySize,
        Classes = classes,
        SourceWidth = sourceWidth,
        EmbeddingWidth = options.EmbeddingWidth,
        Windows = options.Windows.Order().ToArray(),
        Filters = options.Filters,
        Activation = options.Activation,
        Pooling = options.Pooling,
        NgramBuckets = options.NgramBuckets,
        NgramWidth = options.NgramBuckets > 0 ? options.NgramWidth : 0,
        HiddenWidth = options.HiddenWidth,
    };

    /// <summary>The tensors of a saved student, by name, with their sizes.</summary>
    public IEnumerable<(string Name, long[] Sizes)> FoldedTensors()
    {
        yield return (TextCnn.EmbeddingWeight, [VocabularySize, EmbeddingWidth]);
        foreach (int window in Windows)
        {
            yield return ($"convolution.{window}.weight", [RawChannels, window, EmbeddingWidth]);
            yield return ($"convolution.{window}.bias", [RawChannels]);
        }
        if (NgramBuckets > 0)
            yield return (TextCnn.NgramWeight, [NgramBuckets, NgramWidth]);
        if (HiddenWidth > 0)
        {
            yield return ("hidden.weight", [HiddenWidth, PooledWidth]);
            yield return ("hidden.bias", [HiddenWidth]);
        }
        yield return ("classifier.weight", [Classes, HiddenWidth > 0 ? HiddenWidth : PooledWidth]);
        yield return ("classifier.bias", [Classes]);
    }

    /// <exception cref="UsageException">A size is out of its range.</exception>
    public void Validate()
    {
        OptionRange.Within("shape.vocabulary_size", VocabularySize, 1, NgramHash.MaxVocabulary);
        OptionRange.Within("shape.classes", Classes, 1, LargestWidth);
        OptionRange.Within("shape.embedding_width", EmbeddingWidth, 1, LargestWidth);
        OptionRange.Distinct("shape.windows", [.. Windows], 1, StudentOptions.WidestWindow);
        OptionRange.Within("shape.filters", Filters, 1, LargestWidth);
        OptionRange.Defined("shape.activation", Activation);
        OptionRange.Defined("shape.pooling", Pooling);
        OptionRange.AtLeast("shape.ngram_buckets", NgramBuckets, 0);
        OptionRange.Within("shape.ngram_width", NgramWidth, NgramBuckets > 0 ? 1 : 0, LargestWidth);
        OptionRange.Within("shape.hidden_width", HiddenWidth, 0, LargestWidth);
    }
}
