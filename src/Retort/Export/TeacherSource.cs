using Retort.Data;
using Retort.Onnx;
using Retort.Onnx.Teachers;
using Retort.Runs;
using Retort.Teachers;
using Retort.Teachers.Encoders;
using Retort.Teachers.Text;
using static TorchSharp.torch;

namespace Retort.Export;

/// <summary>Makes the ONNX model of a BERT teacher.</summary>
internal static class TeacherSource
{
    private const int BatchTokens = 4096;

    public static ExportSource Read(string folder, IReadOnlyList<string> texts, Device device,
        IProgress<StageProgress>? progress, CancellationToken cancellation)
    {
        RequireBert(folder);
        using Teacher teacher = Teacher.Load(folder, device);
        EncodedText[] encoded = teacher.Encoder.EncodeAll(texts, cancellation);
        // The graph reads one window: a text of several is compared window by window.
        EncodedText[] windows = encoded.SelectMany(text => text.Windows)
            .Select(window => new EncodedText([window], window.Length - 2, 0)).ToArray();
        string[] owners = encoded.SelectMany((text, k) => Enumerable.Repeat(texts[k], text.Windows.Length)).ToArray();
        int done = 0;
        float[] logits = TeacherOutputs.Of(teacher, windows, PooledState.None, BatchTokens,
            (more, _) => progress?.Report(new StageProgress("source", done += more, windows.Length, "texts")), cancellation).Logits;
        return new ExportSource(BertGraph.Build(Describe(teacher)), owners,
            Array.ConvertAll(windows, window => window.Windows[0]), logits, ParityTolerance.Teacher);
    }

    // The graph has BERT's layers, and the file names a WordPiece vocabulary.
    private static void RequireBert(string folder)
    {
        EncoderConfig config = EncoderConfig.Load(folder);
        string? found = config.Kind != EncoderKind.Bert ? $"model_type is '{config.Form.ModelType}'"
            : TextTokenizer.KindOf(folder) is not TokenizerKind.WordPiece and var kind ? $"the tokenizer is {TextTokenizer.Name(kind)}" : null;
        if (found is not null)
        {
            throw new UsageException($"{folder} is not exported: {found}; expected a BERT with WordPiece, the one kind of teacher that is written as ONNX. "
                + "A student of any teacher is exported");
        }
    }

    internal static BertGraphInput Describe(Teacher teacher) => new()
    {
        VocabularySize = teacher.Config.VocabularySize,
        Hidden = teacher.Config.Hidden,
        Layers = teacher.Config.Layers,
        Heads = teacher.Config.Heads,
        Intermediate = teacher.Config.Intermediate,
        MaxPositions = teacher.Config.MaxPositions,
        TokenTypes = teacher.Config.TokenTypes,
        LayerNormEpsilon = teacher.Config.LayerNormEpsilon,
        TanhGelu = teacher.Config.Gelu == Gelu.Tanh,
        Classes = teacher.Labels.Count,
        MultiLabel = teacher.Kind == TaskKind.MultiLabel,
        Metadata = ExportSource.Metadata("bert", teacher.Labels, teacher.Kind, temperature: 1, teacher.Encoder.MaxLength,
            teacher.WordPiece!),
        Weights = ExportSource.Weights(teacher.Module.named_parameters().Select(p => (p.name, (Tensor)p.parameter))),
    };
}
