using Retort.Compression;
using Retort.Runtime.Model;
using Retort.Students;
using static TorchSharp.torch;

namespace Retort.Tests.Compression;

public sealed class IntegerFeaturesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string, double> Shapes => [.. MadeFolded.Shapes.Where(shape => shape.Value.HiddenWidth == 0)
        .SelectMany(shape => new[] { 0.05, 0.5, 3 }.Select(size => (shape.Key, size)))];

    public void Dispose() => _folder.Dispose();

    /// <summary>With the identity for a classifier, the runtime's logits are its features.</summary>
    [Theory]
    [MemberData(nameof(Shapes))]
    public void Training_sees_the_features_of_the_runtime_to_the_bit(string name, double size)
    {
        using var scope = NewDisposeScope();
        StudentShape shape = MadeFolded.Shapes[name] with { Classes = MadeFolded.Shapes[name].PooledWidth };
        FoldedStudent student = MadeFolded.Student(shape, seed: 3, size: size);
        int width = shape.PooledWidth;
        float[] identity = [.. Enumerable.Range(0, width * width).Select(k => k / width == k % width ? 1f : 0f)];
        student = student.With(shape, ("classifier.weight", identity), ("classifier.bias", new float[width]));
        FoldedStudent stored = Quantizer.Apply(student, TokenUse.Of(student, MadeFolded.Texts, default), StoredPrecision.Int8, TableCalibration.Mse, 100, correct: false);
        stored.Save(_folder["student"]);
        using var classifier = StudentClassifier.Load(_folder["student"]);
        float[] runtime = classifier.Logits(MadeFolded.Texts).Values;

        using Student training = student.ToStudent(CPU);
        training.Module.Rounding = new IntegerFeatures(shape, stored.TableScales!);
        int[][] ids = training.Encoder.EncodeAll(MadeFolded.Texts);
        float[] seen = training.Module.Features(TextBatch.Create(ids, training.Module.Ngrams)).data<float>().ToArray();
        Assert.Contains(runtime, value => value != 0);
        Assert.Equal(runtime.Select(BitConverter.SingleToInt32Bits), seen.Select(value => BitConverter.SingleToInt32Bits(value == 0 ? 0 : value)));
    }

    [Fact]
    public void Gradients_are_those_of_single_precision()
    {
        using var scope = NewDisposeScope();
        FoldedStudent student = MadeFolded.Student(MadeFolded.Small);
        IReadOnlyDictionary<string, float[]> scales = TableScales.Of(student);
        Dictionary<string, float[]> plain = Gradients(null), rounded = Gradients(new IntegerFeatures(student.Shape, scales));
        Assert.NotEmpty(plain);
        Assert.All(plain, pair => Assert.Equal(pair.Value, rounded[pair.Key]));
        Assert.Contains(plain["convolution.4.weight"], value => value != 0);

        Dictionary<string, float[]> Gradients(IntegerFeatures? rounding)
        {
            using Student training = student.ToStudent(CPU);
            training.Module.Rounding = rounding;
            TextBatch batch = TextBatch.Create(training.Encoder.EncodeAll(MadeFolded.Texts), training.Module.Ngrams);
            training.Module.Features(batch).sum().backward();
            return training.Module.named_parameters().Where(p => p.parameter.grad is not null)
                .ToDictionary(p => p.name, p => p.parameter.grad!.to_dense().data<float>().ToArray());
        }
    }

    [Fact]
    public void Embeddings_whose_sums_would_not_be_exact_are_refused()
    {
        StudentShape wide = MadeFolded.Small with { EmbeddingWidth = 1025 };
        Assert.Contains("at most 1024", Assert.Throws<ArgumentException>(() => new IntegerFeatures(wide, new Dictionary<string, float[]>())).Message, StringComparison.Ordinal);
    }
}
