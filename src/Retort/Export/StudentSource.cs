using Retort.Data;
using Retort.Onnx;
using Retort.Onnx.Students;
using Retort.Students;
using static TorchSharp.torch;

namespace Retort.Export;

/// <summary>Makes the ONNX model of a student.</summary>
internal static class StudentSource
{
    public static ExportSource Read(string folder, IReadOnlyList<string> texts, Device device, CancellationToken cancellation)
    {
        using Student student = Student.Load(folder, device);
        int[][] ids = student.Encoder.EncodeAll(texts, cancellation);
        return new ExportSource(StudentGraph.Build(Describe(student)), texts, ids,
            student.Logits(ids, cancellation).Values, ParityTolerance.Student);
    }

    private static StudentGraphInput Describe(Student student) =>
        Describe(student.Module) with
        {
            MultiLabel = student.Kind == TaskKind.MultiLabel,
            Temperature = student.Temperature,
            Metadata = ExportSource.Metadata(Student.ModelType, student.Labels, student.Kind, student.Temperature,
                student.Encoder.MaxLength, student.Encoder.Tokenizer),
        };

    /// <summary>A folded module as it is, at temperature 1.</summary>
    internal static StudentGraphInput Describe(TextCnn module) => new()
    {
        Shape = module.Shape,
        MultiLabel = false,
        Temperature = 1,
        Metadata = new Dictionary<string, string>(),
        Weights = ExportSource.Weights(module.named_parameters().Select(p => (p.name, (Tensor)p.parameter))),
    };
}
