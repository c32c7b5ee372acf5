using Retort.Runtime.Model;

namespace Retort.Runtime.Tests.Kernels;

/// <summary>Students of every kind that can be trained.</summary>
internal static class Shapes
{
    public static readonly StudentShape Small = new()
    {
        VocabularySize = 60,
        Classes = 3,
        EmbeddingWidth = 9,
        Windows = [2, 3],
        Filters = 10,
        Activation = Activation.Gated,
        Pooling = Pooling.Max,
        NgramBuckets = 101,
        NgramWidth = 6,
    };

    public static Dictionary<string, StudentShape> All { get; } = new()
    {
        ["gated, n-grams"] = Small,
        ["gated, some n-grams"] = Small with { NgramRows = 40 },
        // A row of 4 KB: the rows fill 4 MB, a block of memory, to the last.
        ["gated, a block of n-grams"] = Small with { NgramBuckets = 1500, NgramRows = 1024, NgramWidth = 1024 },
        ["relu, mean, one n-gram"] = Small with { Activation = Activation.Relu, Pooling = Pooling.MaxMean, NgramBuckets = 7, NgramRows = 1, NgramWidth = 17 },
        ["gated, mean"] = Small with { Pooling = Pooling.MaxMean, NgramBuckets = 0, NgramWidth = 0 },
        ["gated, mean, hidden"] = Small with { Pooling = Pooling.MaxMean, HiddenWidth = 7 },
        ["relu"] = Small with { Activation = Activation.Relu, NgramBuckets = 0, NgramWidth = 0 },
        ["relu, mean, n-grams"] = Small with { Activation = Activation.Relu, Pooling = Pooling.MaxMean, NgramWidth = 33 },
        ["relu, hidden, 2 classes"] = Small with { Activation = Activation.Relu, HiddenWidth = 40, Classes = 2 },
        ["window 1"] = Small with { Windows = [1], Filters = 70 },
        ["windows 1 to 7, 1 class"] = Small with { Windows = [1, 2, 3, 4, 5, 6, 7], Filters = 33, Classes = 1 },
        ["filters of each window, mean"] = Small with { Windows = [1, 2, 4], Filters = new(40, 3, 65), Pooling = Pooling.MaxMean },
        ["filters of each window, relu"] = Small with { Windows = [1, 2, 4], Filters = new(1, 70, 32), Activation = Activation.Relu, HiddenWidth = 5 },
        ["window 258"] = Small with { Windows = [258], Filters = 3, EmbeddingWidth = 4, VocabularySize = 8 },
        ["64 filters, 150 classes"] = Small with { Filters = 64, Classes = 150, EmbeddingWidth = 32 },
    };

    public static TheoryData<string> Names => [.. All.Keys];

    /// <summary>Random token ids, and the text that is cut into them.</summary>
    public static (int[] Ids, string Text) Text(StudentShape shape, int length, int seed)
    {
        var random = new Random(seed);
        int[] ids = [.. Enumerable.Range(0, length).Select(_ => random.Next(shape.VocabularySize))];
        return (ids, string.Join(' ', ids.Select(RandomStudent.Word)));
    }
}
