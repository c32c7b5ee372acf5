using Retort.Data;
using Retort.Runtime.Model;
using Retort.Runtime.Text;
using Retort.Students;

namespace Retort.Tests.Compression;

/// <summary>Folded students with random weights, whose tokens are the words a, b, c … of their texts.</summary>
internal static class MadeFolded
{
    public static readonly StudentShape Small = new()
    {
        VocabularySize = 27,
        Classes = 3,
        EmbeddingWidth = 8,
        Windows = [1, 2, 4],
        Filters = new FilterCounts(6, 3, 5),
        Activation = Activation.Gated,
        Pooling = Pooling.MaxMean,
        NgramBuckets = 64,
        NgramWidth = 7,
    };

    public static Dictionary<string, StudentShape> Shapes { get; } = new()
    {
        ["gated, mean, n-grams"] = Small,
        ["gated, mean, some n-grams"] = Small with { NgramRows = 20 },
        ["relu, mean, n-grams"] = Small with { Activation = Activation.Relu },
        ["gated, no n-grams"] = Small with { Pooling = Pooling.Max, NgramBuckets = 0, NgramWidth = 0 },
        ["relu, hidden"] = Small with { Activation = Activation.Relu, Pooling = Pooling.Max, HiddenWidth = 5 },
        ["window 9"] = Small with { Windows = [9], Filters = 40 },
    };

    /// <summary>Texts of no token, one, and many.</summary>
    public static string[] Texts { get; } = [.. Enumerable.Range(0, 40).Select(k => Text(k, k == 0 ? 0 : 1 + k % 13))];

    public static FoldedStudent Student(StudentShape shape, int seed = 1, TaskKind kind = TaskKind.SingleLabel, double size = 0.5)
    {
        var random = new Random(seed);
        return new FoldedStudent
        {
            Shape = shape,
            Vocabulary = new Vocabulary(Enumerable.Range(0, shape.VocabularySize).Select(id => id == 0 ? "[UNK]" : $"{(char)('a' + id - 1)}")),
            Tokenizer = new TokenizerOptions(),
            Labels = new LabelSet([.. Enumerable.Range(0, shape.Classes).Select(k => $"class {k}")]),
            Kind = kind,
            Temperature = 1,
            MaxLength = 100,
            Ngrams = shape.NgramBuckets == 0 ? null : shape.NgramRows is { } rows ? Every(shape.NgramBuckets / rows, rows, shape.NgramBuckets) : NgramIndex.All(shape.NgramBuckets),
            Weights = shape.Weights().ToDictionary(weight => weight.Name, weight => StoredTensor.Single(
                [.. Enumerable.Range(0, (int)weight.Sizes.Aggregate(1L, (a, b) => a * b)).Select(_ => (float)((random.NextDouble() * 2 - 1) * size))])),
        };
    }

    /// <summary>Of each of the letters from a on it knows the class that goes by its place, by one filter and one column of the embedding; nothing else tells it.</summary>
    /// <param name="width">Of its embeddings, of which it uses as many columns as there are letters.</param>
    public static FoldedStudent Letters(int width = 2 * KnownLetters)
    {
        var shape = new StudentShape
        {
            VocabularySize = 27,
            Classes = KnownLetters,
            EmbeddingWidth = width,
            Windows = [1],
            Filters = KnownLetters,
            Activation = Activation.Relu,
            Pooling = Pooling.Max,
        };
        return Student(shape, size: 0).With(shape, (StudentShape.EmbeddingWeight, Diagonal(27, width, 1)),
            (StudentShape.ConvolutionWeight(1), Diagonal(KnownLetters, width, 0)), ("classifier.weight", Diagonal(KnownLetters, KnownLetters, 0)));
    }

    /// <summary>The letters that <see cref="Letters"/> knows.</summary>
    public const int KnownLetters = 20;

    // Ones from a row on, each a column further; as many as there are letters.
    private static float[] Diagonal(int rows, int width, int first)
    {
        float[] values = new float[rows * width];
        for (int k = 0; k < KnownLetters; k++)
            values[(first + k) * width + k] = 1;
        return values;
    }

    // Of each so many buckets the last, until there are as many rows.
    private static NgramIndex Every(int step, int rows, int buckets) =>
        NgramIndex.All(buckets).Keep([.. Enumerable.Range(0, buckets).Select(bucket => bucket % step == step - 1 && bucket / step < rows)]);

    /// <summary>Some letters, the first of the alphabet more often than the last.</summary>
    public static string Text(int seed, int length)
    {
        var random = new Random(seed);
        return string.Join(' ', Enumerable.Range(0, length).Select(_ => (char)('a' + (int)(26 * random.NextDouble() * random.NextDouble()))));
    }
}
