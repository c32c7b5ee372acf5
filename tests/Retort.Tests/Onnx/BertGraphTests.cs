using Retort.Export;
using Retort.Onnx;
using Retort.Onnx.Teachers;
using Retort.Teachers;
using Retort.Tests.Teachers;
using static TorchSharp.torch;

namespace Retort.Tests.Onnx;

public sealed class BertGraphTests : IDisposable
{
    private static readonly int[][] Texts = [[2, 5, 7, 3], [2, 9, 7, 12, 6, 15, 3], [2, 3], [2, .. Enumerable.Repeat(13, 22), 3]];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("gelu")]
    [InlineData("gelu_new")]
    public void A_padded_batch_has_the_logits_and_states_of_the_source(string gelu)
    {
        using Teacher teacher = Teacher.Load(TinyBert.Write(_folder["tiny"], gelu, classes: 3), CPU);
        using OnnxClassifier model = BertGraph.Build(TeacherSource.Describe(teacher)).Load(_folder);
        EncodedText[] encoded = Array.ConvertAll(Texts, ids => new EncodedText([ids], ids.Length - 2, 0));
        TeacherOutputs expected = TeacherOutputs.Of(teacher, encoded, PooledState.Cls, 1000);
        AssertClose(expected.Logits, model.Logits(Texts));
        int longest = Texts.Max(text => text.Length);
        float[] states = model.Run(Texts, TensorNames.States);
        Assert.Equal(Texts.Length * longest * TinyBert.Hidden, states.Length);
        AssertClose(expected.Pooled, states.Chunk(longest * TinyBert.Hidden).SelectMany(text => text[..TinyBert.Hidden]).ToArray());
    }

    [Fact]
    public void The_two_approximations_of_gelu_differ()
    {
        float[] exact = Logits("gelu"), approximate = Logits("gelu_new");
        Assert.Contains(exact.Zip(approximate), pair => Math.Abs(pair.First - pair.Second) > 2 * Tolerances.SameArithmeticOtherOrder);
    }

    [Fact]
    public void Token_types_are_read()
    {
        using Teacher teacher = Teacher.Load(TinyBert.Write(_folder["tiny"], classes: 3), CPU);
        string file = BertGraph.Build(TeacherSource.Describe(teacher)).Write(_folder);
        float[] first = Run(file, [0, 0, 0, 0]), second = Run(file, [0, 0, 1, 1]);
        Assert.Contains(first.Zip(second), pair => Math.Abs(pair.First - pair.Second) > 1e-2);
    }

    [Fact]
    public void A_teacher_too_large_for_one_file_is_refused_before_its_weights_are_read()
    {
        using Teacher teacher = Teacher.Load(TinyBert.Write(_folder["tiny"], classes: 3), CPU);
        BertGraphInput input = TeacherSource.Describe(teacher) with { VocabularySize = 1 << 20, Hidden = 4096 };
        var error = Assert.Throws<NotSupportedException>(() => BertGraph.Build(input));
        Assert.Contains("word_embeddings", error.Message, StringComparison.Ordinal);
    }

    private float[] Logits(string gelu)
    {
        using Teacher teacher = Teacher.Load(TinyBert.Write(_folder[gelu], gelu, classes: 3), CPU);
        using OnnxClassifier model = BertGraph.Build(TeacherSource.Describe(teacher)).Load(_folder);
        return model.Logits(Texts);
    }

    private static float[] Run(string file, long[] types) => OnnxFile.Run<float>(file, TensorNames.Logits, [1, 4],
        (TensorNames.Ids, [2, 5, 7, 3]), (TensorNames.Mask, [1, 1, 1, 1]), (TensorNames.TokenTypes, types));

    private static void AssertClose(float[] expected, float[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        Assert.All(expected.Zip(actual), pair => Assert.Equal(pair.First, pair.Second, Tolerances.SameArithmeticOtherOrder));
    }
}
