using Retort.Data;
using Retort.Teachers;
using static TorchSharp.torch;

namespace Retort.Signals;

/// <summary>A Hugging Face folder in libtorch as a teacher. Owns it.</summary>
public sealed class EncoderLabeller : ILabeller
{
    private readonly LabelOptions _options;

    private EncoderLabeller(Teacher teacher, string folder, LabelOptions options)
    {
        (Teacher, _options) = (teacher, options);
        teacher.Module.Precision = options.Precision;
        Source = SignalSource.Of(teacher, folder, options.PooledState, options.Precision);
    }

    public Teacher Teacher { get; }

    public SignalSource Source { get; }

    public TaskKind? Kind => Teacher.Kind;

    /// <inheritdoc cref="Teacher.Load"/>
    public static EncoderLabeller Load(string folder, LabelOptions options, Device device) =>
        new(Teacher.Load(folder, device), folder, options);

    public TeacherOutputs Label(string[] texts, Action<int, long>? done, CancellationToken cancellation) => TeacherOutputs.Of(
        Teacher, Teacher.Encoder.EncodeAll(texts, cancellation), _options.PooledState, _options.BatchTokens, done, cancellation);

    public void Dispose() => Teacher.Dispose();
}
