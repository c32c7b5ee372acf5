using Retort.Compression;
using Retort.Data;
using Retort.Onnx;
using Retort.Onnx.Students;
using Retort.Runtime.Model;
using Retort.Students;
using static TorchSharp.torch;

namespace Retort.Export;

/// <summary>Makes the ONNX model of a student.</summary>
internal static class StudentSource
{
    /// <param name="folder">The student's.</param>
    /// <param name="precision">What the file is to hold; null: what the folder holds.</param>
    /// <param name="texts">To compare on.</param>
    /// <param name="device">Where the source computes.</param>
    /// <param name="cancellation">Stops between texts.</param>
    public static ExportSource Read(string folder, StoredPrecision? precision, IReadOnlyList<string> texts, Device device, CancellationToken cancellation)
    {
        FoldedStudent stored = FoldedStudent.Load(folder);
        if (precision is { } asked)
            stored = Quantizer.Store(stored, asked);
        using Student student = stored.ToStudent(device);
        int[][] ids = student.Encoder.EncodeAll(texts, cancellation);
        return new ExportSource(StudentGraph.Build(Describe(stored, student.Encoder)), texts, ids,
            student.Logits(ids, cancellation).Values, ParityTolerance.Student);
    }

    private static StudentGraphInput Describe(FoldedStudent student, StudentEncoder encoder) => new()
    {
        Shape = student.Shape,
        Ngrams = student.Ngrams,
        MultiLabel = student.Kind == TaskKind.MultiLabel,
        Temperature = student.Temperature,
        Metadata = ExportSource.Metadata(Student.ModelType, student.Labels, student.Kind, student.Temperature, student.MaxLength, encoder.Tokenizer),
        Weights = name => Weight(name, student.Weights[name]),
    };

    private static GraphWeight Weight(string name, StoredTensor weight) => weight.Type switch
    {
        TensorType.I8 => new GraphWeight(() => Array.ConvertAll(weight.Steps, step => (float)step)) { Scales = weight.Scales, ByColumn = name == StudentShape.NgramWeight },
        TensorType.F16 => new GraphWeight(() => weight.Values) { IsHalf = true },
        _ => weight.Values,
    };

    /// <summary>A folded module as it is, at temperature 1.</summary>
    internal static StudentGraphInput Describe(TextCnn module) => new()
    {
        Shape = module.Shape,
        Ngrams = module.Ngrams,
        MultiLabel = false,
        Temperature = 1,
        Metadata = new Dictionary<string, string>(),
        Weights = ExportSource.Weights(module.named_parameters().Select(p => (p.name, (Tensor)p.parameter))),
    };
}
