using Retort.Data;
using Retort.Onnx;
using Retort.Onnx.Teachers;
using Retort.Runs;
using Retort.Teachers;
using Retort.Teachers.Encoders;
using Retort.Teachers.Text;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Retort.Export;

/// <summary>Makes the ONNX model of a BERT teacher.</summary>
internal static class TeacherSource
{
    private const int BatchTokens = 4096;

    /// <param name="folder">The teacher's.</param>
    /// <param name="half">Whether the file is to hold float16.</param>
    /// <param name="texts">To compare on.</param>
    /// <param name="device">Where the source computes.</param>
    /// <param name="progress">Told how many texts the source has read.</param>
    /// <param name="cancellation">Stops between batches.</param>
    public static ExportSource Read(string folder, bool half, IReadOnlyList<string> texts, Device device,
        IProgress<StageProgress>? progress, CancellationToken cancellation)
    {
        RequireBert(folder);
        using Teacher teacher = Teacher.Load(folder, device);
        if (half)
            Round(teacher);
        EncodedText[] encoded = teacher.Encoder.EncodeAll(texts, cancellation);
        // The graph reads one window: a text of several is compared window by window.
        EncodedText[] windows = encoded.SelectMany(text => text.Windows)
            .Select(window => new EncodedText([window], window.Length - 2, 0)).ToArray();
        string[] owners = encoded.SelectMany((text, k) => Enumerable.Repeat(texts[k], text.Windows.Length)).ToArray();
        int done = 0;
        float[] logits = TeacherOutputs.Of(teacher, windows, PooledState.None, BatchTokens,
            (more, _) => progress?.Report(new StageProgress("source", done += more, windows.Length, "texts")), cancellation).Logits;
        return new ExportSource(BertGraph.Build(Describe(teacher, half)), owners,
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

    // The source is what the file holds: what halving costs is another question than whether the export is right.
    private static void Round(Teacher teacher)
    {
        using var guard = no_grad();
        foreach ((_, Parameter parameter) in teacher.Module.named_parameters())
        {
            using Tensor half = parameter.to(float16);
            parameter.copy_(half);
        }
    }

    internal static BertGraphInput Describe(Teacher teacher, bool half = false) => new()
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
        Weights = ExportSource.Weights(teacher.Module.named_parameters().Select(p => (p.name, (Tensor)p.parameter)), half),
    };
}
