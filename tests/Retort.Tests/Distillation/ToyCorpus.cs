using Retort.Data;
using Retort.Distillation;
using Retort.Metrics;
using Retort.Runtime.Text;
using Retort.Students;

namespace Retort.Tests.Distillation;

/// <summary>Texts of three words; "good" or "bad" among them decides the class, and the teacher is never wrong.</summary>
internal static class ToyCorpus
{
    private static readonly string[] Fillers = ["a", "the", "film", "plot", "end"];

    public static LabelSet Labels { get; } = new(["bad", "good"]);

    public static StudentOptions Student { get; } = new()
    {
        Windows = [1, 2],
        Filters = 6,
        EmbeddingWidth = 8,
        NgramBuckets = 64,
        NgramWidth = 4,
        Dropout = 0.1,
        Embeddings = "random",
    };

    public static DistillationOptions Options { get; } = new()
    {
        Epochs = 10,
        BatchSize = 8,
        LearningRate = 1e-2,
        EmbeddingLearningRate = 1e-2,
        NgramLearningRate = 1e-2,
        EvaluationsPerEpoch = 1,
    };

    /// <summary>Rows <paramref name="start"/> and on, all different up to 125.</summary>
    public static Corpus Rows(int start, int count) => new("toy", TaskKind.SingleLabel, Labels,
        Enumerable.Range(start, count).Select(k => new Sample(Text(k), Class(k))).ToArray());

    public static string Text(int k) =>
        $"{Fillers[k % 5]} {(Class(k) == 1 ? "good" : "bad")} {Fillers[k / 5 % 5]} {Fillers[k / 25 % 5]}";

    public static int Class(int k) => k % 2;

    /// <summary>Sure to a degree that varies from row to row.</summary>
    public static LogitTable Teacher(int start, int count) => new(Enumerable.Range(start, count)
        .SelectMany(k => new[] { 1f + k % 3, -1f - k % 3 }.Select(value => Class(k) == 0 ? value : -value)).ToArray(), 2);

    public static TransferSet Transfer(bool teacher = true, int unlabelled = 0) => new(Rows(0, 60),
        Enumerable.Range(60, unlabelled).Select(Text).ToArray(), teacher ? Teacher(0, 60 + unlabelled) : null);

    public static StudentBlueprint Blueprint() => StudentBlueprint.Draw(Student,
        new WordPieceTokenizer(new Vocabulary(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "good", "bad", .. Fillers])),
        null, Enumerable.Range(0, 100).Select(Text), Labels, TaskKind.SingleLabel);
}
