using System.Text.Json.Serialization;

namespace Retort.Runtime.Model;

/// <summary>The non-linearity after the convolution.</summary>
public enum Activation
{
    /// <summary>max(x, 0).</summary>
    Relu,

    /// <summary>Half of the raw channels times the sigmoid of the other half (GLU, arXiv:1612.08083).</summary>
    Gated,
}

/// <summary>How feature maps become one vector.</summary>
public enum Pooling
{
    /// <summary>The maximum over positions.</summary>
    Max,

    /// <summary>The maxima, then the means over positions.</summary>
    MaxMean,
}

/// <summary>What fixes a student's tensors: everything a reader of its folder must know to compute with them.</summary>
public sealed record StudentShape
{
    /// <summary>The name of the token embeddings.</summary>
    public const string EmbeddingWeight = "embedding.weight";

    /// <summary>The name of the n-gram table.</summary>
    public const string NgramWeight = "ngram.weight";

    /// <summary>The name of the bits that say which buckets of n-grams have a row: see <see cref="NgramIndex"/>.</summary>
    public const string NgramKept = "ngram.kept";

    /// <summary>The widest window: its sums of 8-bit table entries stay within 16 bits.</summary>
    public const int WidestWindow = 258;

    private const int LargestWidth = 1 << 20;

    /// <summary>Channels that a reader may pad to, a multiple of.</summary>
    private const int Padding = 64;

    // Of a real student some thousands and some millions: what is larger is a mistake, or meant to take all memory.
    private const long MostRowEntries = 1 << 22, MostFilterWeights = 1 << 27;

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
    public required FilterCounts Filters { get; init; }

    /// <summary>The non-linearity after the convolution.</summary>
    public required Activation Activation { get; init; }

    /// <summary>How feature maps become one vector.</summary>
    public required Pooling Pooling { get; init; }

    /// <summary>What n-grams are hashed into; 0: no n-grams.</summary>
    public int NgramBuckets { get; init; }

    /// <summary>How many of the buckets have a row in the n-gram table; null: all of them.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? NgramRows { get; init; }

    /// <summary>Width of the n-gram table.</summary>
    public int NgramWidth { get; init; }

    /// <summary>Width of the hidden layer before the classifier; 0: none.</summary>
    public int HiddenWidth { get; init; }

    /// <summary>How many channels a filter has before the activation: a gated one a value and a gate.</summary>
    [JsonIgnore]
    public int Parts => Activation == Activation.Gated ? 2 : 1;

    /// <summary>Channels of a window before the activation, by its index: a gated one holds values, then gates.</summary>
    public int RawChannels(int window) => Parts * Filters[window];

    /// <summary>
    /// Width of the pooled vector: the maxima of every window in order, then the means of every window where they are
    /// pooled, then the sums of bigrams and of trigrams where there are any.
    /// </summary>
    [JsonIgnore]
    public int PooledWidth =>
        MapWidth * (Pooling == Pooling.MaxMean ? 2 : 1)
        + (NgramBuckets > 0 ? NgramHash.Orders * NgramWidth : 0);

    /// <summary>Width of what all windows find at a position.</summary>
    [JsonIgnore]
    public int MapWidth => MapStart(Windows.Count);

    /// <summary>Where a window begins, by its index, in what all windows find at a position.</summary>
    public int MapStart(int window)
    {
        int start = 0;
        for (int k = 0; k < window; k++)
            start += Filters[k];
        return start;
    }

    /// <summary>The same with another n-gram table.</summary>
    /// <param name="ngrams">Which buckets have a row; null: there is no table.</param>
    internal StudentShape WithNgrams(NgramIndex? ngrams) => this with
    {
        NgramBuckets = ngrams?.Buckets ?? 0,
        NgramRows = ngrams is { IsFull: false } ? ngrams.Rows : null,
        NgramWidth = ngrams is null ? 0 : NgramWidth,
    };

    /// <summary>Rows of the n-gram table.</summary>
    [JsonIgnore]
    public int NgramRowCount => NgramRows ?? NgramBuckets;

    /// <summary>Width of what the classifier reads.</summary>
    [JsonIgnore]
    public int ClassifierWidth => HiddenWidth > 0 ? HiddenWidth : PooledWidth;

    /// <summary>The tensors of a saved student, by name, with their sizes, without the scales of tables and without <see cref="NgramKept"/>.</summary>
    public IEnumerable<(string Name, long[] Sizes)> Weights()
    {
        yield return (EmbeddingWeight, [VocabularySize, EmbeddingWidth]);
        for (int k = 0; k < Windows.Count; k++)
        {
            yield return (ConvolutionWeight(Windows[k]), [RawChannels(k), Windows[k], EmbeddingWidth]);
            yield return (ConvolutionBias(Windows[k]), [RawChannels(k)]);
        }
        if (NgramBuckets > 0)
            yield return (NgramWeight, [NgramRowCount, NgramWidth]);
        if (HiddenWidth > 0)
        {
            yield return ("hidden.weight", [HiddenWidth, PooledWidth]);
            yield return ("hidden.bias", [HiddenWidth]);
        }
        yield return ("classifier.weight", [Classes, ClassifierWidth]);
        yield return ("classifier.bias", [Classes]);
    }

    /// <summary>
    /// The scales of the INT8 tables, F32: what one step of an entry is worth, by channel of a window and by column of the
    /// n-gram table. They are fixed when a student is saved, over its whole vocabulary.
    /// </summary>
    public IEnumerable<(string Name, long[] Sizes)> TableScales()
    {
        for (int k = 0; k < Windows.Count; k++)
            yield return (ConvolutionScale(Windows[k]), [RawChannels(k)]);
        if (NgramBuckets > 0)
            yield return (NgramScale, [NgramWidth]);
    }

    /// <summary>Name of a window's filters: (raw channels, offset, embedding width).</summary>
    public static string ConvolutionWeight(int window) => $"convolution.{window}.weight";

    /// <summary>Name of a window's biases: (raw channels).</summary>
    public static string ConvolutionBias(int window) => $"convolution.{window}.bias";

    /// <summary>Name of the scales of a window's tables: (raw channels).</summary>
    public static string ConvolutionScale(int window) => $"convolution.{window}.table_scale";

    /// <summary>Name of the scales of the n-gram table's columns.</summary>
    public const string NgramScale = "ngram.table_scale";

    /// <summary>
    /// An entry of an INT8 table is at most this many steps of its scale, either way: 127, and a little less in the widest
    /// windows, which must leave room for a bias.
    /// </summary>
    public static int LargestEntry(int window) => Math.Min(sbyte.MaxValue, (short.MaxValue - sbyte.MaxValue) / window);

    /// <summary>The most steps that a bias may have: with the largest entries its sum stays within 16 bits.</summary>
    public static int LargestBias(int window) => short.MaxValue - window * LargestEntry(window);

    /// <exception cref="InvalidDataException">A size is out of its range.</exception>
    public void Validate()
    {
        Within("vocabulary_size", VocabularySize, 1, NgramHash.MaxVocabulary);
        Within("classes", Classes, 1, LargestWidth);
        Within("embedding_width", EmbeddingWidth, 1, LargestWidth);
        Within("windows.length", Windows.Count, 1, WidestWindow);
        foreach (int window in Windows)
            Within("windows", window, 1, WidestWindow);
        for (int k = 1; k < Windows.Count; k++)
        {
            if (Windows[k] <= Windows[k - 1])
                throw new InvalidDataException($"shape.windows holds {Windows[k]} behind {Windows[k - 1]}; expected them ascending");
        }
        if (!Filters.Fits(Windows.Count))
            throw new InvalidDataException($"shape.filters is {Filters}; expected one number, or one for each of {Windows.Count} windows");
        foreach (int filters in Filters.Numbers)
            Within("filters", filters, 1, LargestWidth);
        if (!Enum.IsDefined(Activation) || !Enum.IsDefined(Pooling))
            throw new InvalidDataException($"shape.activation is {Activation}, shape.pooling {Pooling}; expected ones of this version");
        Within("ngram_buckets", NgramBuckets, 0, int.MaxValue);
        if (NgramRows is { } rows)
            Within("ngram_rows", rows, 1, NgramBuckets);
        Within("ngram_width", NgramWidth, NgramBuckets > 0 ? 1 : 0, LargestWidth);
        Within("hidden_width", HiddenWidth, 0, LargestWidth);
        long entries = 0;
        for (int k = 0; k < Windows.Count; k++)
            entries += (long)Windows[k] * Parts * ((Filters[k] + Padding - 1L) / Padding * Padding);
        if (entries > MostRowEntries || entries * EmbeddingWidth > MostFilterWeights)
            throw new InvalidDataException($"shape: windows, filters and embedding_width make {entries} table entries a token from "
                + $"{entries * EmbeddingWidth} weights; expected at most {MostRowEntries} and {MostFilterWeights}");
    }

    private static void Within(string key, int value, int low, int high)
    {
        if (value < low || value > high)
            throw new InvalidDataException($"shape.{key} is {value}; expected {low} to {high}");
    }
}
