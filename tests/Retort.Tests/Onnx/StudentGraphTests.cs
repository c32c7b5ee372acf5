using Retort.Export;
using Retort.Onnx;
using Retort.Onnx.Students;
using Retort.Runtime.Model;
using Retort.Students;
using Retort.Tests.Students;
using static TorchSharp.torch;

namespace Retort.Tests.Onnx;

public sealed class StudentGraphTests : IDisposable
{
    private const int Vocabulary = 20, Classes = 3; // as TextCnnTests makes students

    // Short beside long, empty among them: with windows of 5, most positions see padding.
    private static readonly int[][] Texts =
        [[5, 3, 9], [], [1], [0, 0], [7, 8], [2, 4, 6, 8, 10, 12, 14], [.. Enumerable.Range(0, Vocabulary)], [19, 19, 19, 19]];

    private readonly TemporaryFolder _folder = new();

    public static MatrixTheoryData<Activation, Pooling, int, int, string> Variants { get; } = new(
        [Activation.Relu, Activation.Gated], [Pooling.Max, Pooling.MaxMean], [0, 64], [0, 10], ["1", "2 3 4", "3 4 5"]);

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Variants))]
    public void A_padded_batch_has_the_logits_of_the_source(
        Activation activation, Pooling pooling, int buckets, int hidden, string windows)
    {
        using TextCnn student = Make(activation, pooling, buckets, hidden, [.. windows.Split(' ').Select(int.Parse)]);
        using OnnxClassifier model = StudentGraph.Build(StudentSource.Describe(student)).Load(_folder);
        float[] expected = Logits(student, Texts);
        int different = expected.Chunk(Classes).Select(row => row[0]).Distinct().Count();
        Assert.True(different > Texts.Length / 2, "the logits tell nothing apart");
        AssertClose(expected, model.Logits(Texts));
        AssertClose(Logits(student, [[]]), model.Logits([[]]));
        AssertClose(Logits(student, [[4]]), model.Logits([[4]]));
    }

    [Fact]
    public void Ngrams_without_a_row_count_as_none()
    {
        using TextCnn full = Make(Activation.Gated, Pooling.Max, 64, 0, [2]);
        NgramIndex index = full.Ngrams!.Keep([.. Enumerable.Range(0, 64).Select(bucket => bucket % 3 == 0)]);
        using var some = new TextCnn(full.Shape with { NgramRows = index.Rows }, 0, 1, index);
        some.eval();
        using OnnxClassifier model = StudentGraph.Build(StudentSource.Describe(some)).Load(_folder);
        float[] expected = Logits(some, Texts);
        Assert.NotEqual(Logits(full, Texts), expected);
        AssertClose(expected, model.Logits(Texts));
    }

    [Fact]
    public void A_window_wider_than_every_text_sees_zeros_around_it()
    {
        using TextCnn student = Make(Activation.Gated, Pooling.MaxMean, 0, 0, [6, 40]);
        using OnnxClassifier model = StudentGraph.Build(StudentSource.Describe(student)).Load(_folder);
        AssertClose(Logits(student, Texts), model.Logits(Texts));
    }

    [Fact]
    public void What_stands_at_padding_changes_nothing_on_either_side()
    {
        using TextCnn student = Make(Activation.Gated, Pooling.MaxMean, 64, 10, [2, 3, 4]);
        string file = StudentGraph.Build(StudentSource.Describe(student)).Write(_folder);
        float[] actual = OnnxFile.Run<float>(file, TensorNames.Logits, [2, 5],
            (TensorNames.Ids, [5, 3, 9, 999_999, -7, -1, 12, 5, 3, 9]), (TensorNames.Mask, [1, 1, 1, 0, 0, 0, 0, 1, 1, 1]));
        float[] expected = Logits(student, [[5, 3, 9]]);
        AssertClose([.. expected, .. expected], actual);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Probabilities_are_those_of_the_logits_at_the_temperature(bool multiLabel)
    {
        const double Temperature = 1.75;
        using TextCnn student = Make(Activation.Relu, Pooling.Max, 0, 0, [2]);
        StudentGraphInput input = StudentSource.Describe(student) with { MultiLabel = multiLabel, Temperature = Temperature };
        using OnnxClassifier model = StudentGraph.Build(input).Load(_folder);
        double[][] scaled = model.Logits(Texts).Chunk(Classes).Select(row => Array.ConvertAll(row, x => x / Temperature)).ToArray();
        IEnumerable<double> expected = scaled.SelectMany(row => row.Select(x =>
            multiLabel ? 1 / (1 + Math.Exp(-x)) : Math.Exp(x) / row.Sum(Math.Exp)));
        float[] actual = model.Run(Texts, TensorNames.Probabilities);
        Assert.All(expected.Zip(actual), pair => Assert.Equal(pair.First, pair.Second, Tolerances.SameArithmeticOtherOrder));
    }

    [Fact]
    public void The_same_student_gives_the_same_bytes()
    {
        using TextCnn student = Make(Activation.Gated, Pooling.MaxMean, 64, 10, [2, 3]);
        string first = StudentGraph.Build(StudentSource.Describe(student)).Write(_folder, "first.onnx");
        string second = StudentGraph.Build(StudentSource.Describe(student)).Write(_folder, "second.onnx");
        Assert.Equal(File.ReadAllBytes(first), File.ReadAllBytes(second));
    }

    [Fact]
    public void A_student_too_large_for_one_file_is_refused_before_its_weights_are_read()
    {
        using TextCnn student = Make(Activation.Relu, Pooling.Max, 0, 0, [2]);
        StudentGraphInput input = StudentSource.Describe(student);
        input = input with
        {
            Shape = input.Shape with { VocabularySize = 1 << 24, EmbeddingWidth = 1 << 20 },
            Weights = name => new GraphWeight(() => throw new InvalidOperationException($"{name} is read")),
        };
        var error = Assert.Throws<NotSupportedException>(() => StudentGraph.Build(input));
        Assert.Contains("embedding.weight", error.Message, StringComparison.Ordinal);
        Assert.Contains("2 GiB", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Weights_of_another_size_are_refused()
    {
        using TextCnn student = Make(Activation.Relu, Pooling.Max, 0, 0, [2]);
        StudentGraphInput input = StudentSource.Describe(student);
        input = input with { Shape = input.Shape with { Filters = 7 } };
        var error = Assert.Throws<InvalidDataException>(() => StudentGraph.Build(input));
        Assert.Contains("'convolution.2.weight' has 96 elements, expected 7 × 8 × 2", error.Message, StringComparison.Ordinal);
    }

    private static TextCnn Make(Activation activation, Pooling pooling, int buckets, int hidden, int[] windows)
    {
        TextCnn student = TextCnnTests.Make(new StudentOptions
        {
            Windows = windows,
            Filters = 6,
            EmbeddingWidth = 8,
            Activation = activation,
            Pooling = pooling,
            NgramBuckets = buckets,
            NgramWidth = 4,
            HiddenWidth = hidden,
            Dropout = 0,
        });
        student.eval();
        return student;
    }

    private static float[] Logits(TextCnn student, int[][] texts)
    {
        using var scope = NewDisposeScope();
        return TextCnnTests.Logits(student, texts);
    }

    private static void AssertClose(float[] expected, float[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        Assert.All(expected.Zip(actual), pair => Assert.Equal(pair.First, pair.Second, Tolerances.SameArithmeticOtherOrder));
    }
}
