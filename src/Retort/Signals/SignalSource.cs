using System.Text.Json;
using System.Text.Json.Serialization;
using Retort.Onnx;
using Retort.Runs;
using Retort.Teachers;
using Retort.Training;

namespace Retort.Signals;

/// <summary>
/// Everything beside the text that a signal depends on. Signals of one source may stand together; those of another are
/// refused.
/// </summary>
/// <param name="Weights">SHA-256 of the teacher's tensors, and of its shape where it is no BERT; of a file what it says, of a command its line and the files in it.</param>
/// <param name="Tokenizer">SHA-256 of what its tokenizer's ids depend on; empty where the teacher is no model at hand.</param>
/// <param name="MaxLength">Longest input in tokens; 0 where the teacher is no model at hand.</param>
/// <param name="LongText">What becomes of longer texts.</param>
/// <param name="PooledState">Which pooled state is stored.</param>
/// <param name="Precision">Arithmetic of the teacher.</param>
/// <param name="Classes">Class names in index order.</param>
/// <param name="Hidden">Width of the pooled state; 0: none.</param>
public sealed record SignalSource(string Weights, string Tokenizer, int MaxLength, LongText LongText,
    PooledState PooledState, string Precision, IReadOnlyList<string> Classes, int Hidden)
{
    /// <summary>The source that a teacher in a folder is.</summary>
    /// <param name="teacher">The teacher.</param>
    /// <param name="folder">Its folder.</param>
    /// <param name="pooled">Which pooled state is stored.</param>
    /// <param name="precision">Its arithmetic.</param>
    public static SignalSource Of(Teacher teacher, string folder, PooledState pooled, Precision precision)
    {
        using ModelWeights weights = ModelWeights.Open(folder);
        return new SignalSource(TeacherFolder.Fingerprint(weights, teacher.Config), teacher.Tokenizer.Fingerprint, teacher.Encoder.MaxLength,
            teacher.Encoder.LongText, pooled, precision == Training.Precision.Bf16 ? "bf16" : "f32", teacher.Labels.Names,
            pooled == PooledState.None ? 0 : teacher.Config.Hidden);
    }

    /// <summary>The source that an ONNX model is.</summary>
    /// <param name="files">Its files.</param>
    /// <param name="output">What its output is taken for.</param>
    /// <param name="encoder">Reads its texts.</param>
    /// <param name="classes">Class names in index order.</param>
    /// <param name="pooled">Which pooled state is asked for.</param>
    /// <param name="hidden">Width of its states; 0: it does not give them away.</param>
    public static SignalSource OfOnnx(OnnxTeacherFiles files, OnnxOutput output, TextEncoder encoder, IReadOnlyList<string> classes,
        PooledState pooled, int hidden)
    {
        IEnumerable<string> hashes = ExternalTensors.FilesOf(files.Model).Prepend(files.Model).Select(ContentHash.OfFile);
        PooledState stored = hidden > 0 ? pooled : PooledState.None;
        return new SignalSource(ContentHash.OfLines([.. hashes, $"{output}"]), encoder.Tokenizer.Fingerprint, encoder.MaxLength,
            encoder.LongText, stored, "onnx", classes, stored == PooledState.None ? 0 : hidden);
    }

    /// <summary>The source that a file of signals is.</summary>
    /// <param name="content">SHA-256 of its texts and what it says of them.</param>
    /// <param name="classes">Class names in index order.</param>
    public static SignalSource OfFile(string content, IReadOnlyList<string> classes) =>
        new(content, "", 0, LongText.Head, PooledState.None, "f32", classes, 0);

    /// <summary>A name for the folder of its signals: 16 hexadecimal digits.</summary>
    [JsonIgnore]
    public string Fingerprint => ContentHash.OfText(ToJson())[..16];

    public string ToJson() => JsonSerializer.Serialize(this, JsonForm.Indented);
}
