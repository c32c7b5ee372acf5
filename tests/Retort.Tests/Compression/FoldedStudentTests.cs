using Retort.Compression;
using Retort.Metrics;
using Retort.Runtime.Model;
using Retort.Students;
using static TorchSharp.torch;

namespace Retort.Tests.Compression;

public sealed class FoldedStudentTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string, StoredPrecision> Stored =>
        [.. MadeFolded.Shapes.Keys.SelectMany(shape => Enum.GetValues<StoredPrecision>().Select(precision => (shape, precision)))];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Stored))]
    public void What_is_written_is_read_again_to_the_bit_and_answers_the_same_everywhere(string shape, StoredPrecision precision)
    {
        using var scope = NewDisposeScope();
        FoldedStudent made = MadeFolded.Student(MadeFolded.Shapes[shape]);
        FoldedStudent stored = Quantizer.Apply(made, TokenUse.Of(made, MadeFolded.Texts, default), precision, TableCalibration.MinMax, 100, correct: false);
        stored.Save(_folder["student"]);
        FoldedStudent read = FoldedStudent.Load(_folder["student"]);
        Assert.Equal(stored.Shape.Filters, read.Shape.Filters);
        foreach ((string name, StoredTensor weight) in stored.Weights)
        {
            Assert.Equal(weight.Type, read.Weights[name].Type);
            Assert.Equal(weight.Values, read[name]);
            Assert.Equal(weight.Steps, read.Weights[name].Steps);
        }
        Assert.Equal(precision != StoredPrecision.F32, read.IsNarrow);
        using Student computing = read.ToStudent(CPU);
        LogitTable wanted = computing.Logits(MadeFolded.Texts);
        using var full = StudentClassifier.Load(_folder["student"], new() { Precision = Runtime.TablePrecision.Full });
        LogitTable answers = full.Logits(MadeFolded.Texts);
        for (int k = 0; k < wanted.Values.Length; k++)
            Assert.Equal(wanted.Values[k], answers.Values[k], 1e-4);
    }

    [Theory]
    [InlineData(StoredPrecision.F16, 0.5)]
    [InlineData(StoredPrecision.Int8, 0.25)]
    public void Fewer_bits_are_fewer_bytes(StoredPrecision precision, double share)
    {
        // Wide enough that weights are nearly all there is.
        FoldedStudent made = MadeFolded.Student(MadeFolded.Small with { EmbeddingWidth = 256, Filters = 64, NgramBuckets = 4096 });
        made.Save(_folder["f32"]);
        Quantizer.Apply(made, TokenUse.Of(made, MadeFolded.Texts, default), precision, TableCalibration.Mse, 100, correct: true).Save(_folder["narrow"]);
        Assert.InRange((double)Bytes("narrow") / Bytes("f32"), share, share * 1.1);
    }

    private long Bytes(string folder) => new FileInfo(Path.Combine(_folder[folder], StudentFiles.TensorsName)).Length;
}
