using Retort.Export;
using Retort.Onnx;
using Retort.Onnx.Cascades;
using Retort.Runs;
using Retort.Teachers;
using Retort.Teachers.Encoders;
using Retort.Teachers.Text;
using static TorchSharp.torch;

namespace Retort.Cascades;

/// <summary>The teacher of a run as a server can ask it: an ONNX model with its tokenizer.</summary>
/// <param name="Place">Its folder, or its .onnx file.</param>
/// <param name="Labels">The student's classes in the order of the teacher's logits.</param>
/// <param name="MaxLength">Longest input in tokens.</param>
/// <param name="Scores">What its output is.</param>
public sealed record ServedTeacher(string Place, IReadOnlyList<string> Labels, int MaxLength, TeacherScores Scores)
{
    /// <summary>The folder of its files, below the cascade's.</summary>
    public const string Folder = "teacher";

    private const string Model = Folder + "/" + OnnxTeacherFiles.DefaultName;

    // Enough of the user's own texts to see what built-in ones do not; more would take as long as a stage.
    private const int ParityOfDev = 100;

    /// <summary>Why a model cannot be served, in words; null: it can.</summary>
    /// <param name="model">In libtorch; null: an ONNX model.</param>
    /// <param name="longText">What becomes of texts that are longer than it reads.</param>
    public static string? Refusal(Teacher? model, LongText longText) => longText != LongText.Head
            ? "it reads the ends of long texts, too, or several windows of them, and a server reads their head alone: teacher.long_text head makes one that can be served"
        : model is null ? null
        : model.Config.Kind != EncoderKind.Bert ? $"its model_type is '{model.Config.Form.ModelType}', and a BERT is the one kind that is written as ONNX"
        : model.WordPiece is null ? "its tokenizer is not WordPiece" : null;

    /// <summary>Writes the model, as ONNX where it is not yet, and its tokenizer; what stood there is gone.</summary>
    /// <param name="cascade">The cascade's folder.</param>
    /// <param name="dev">Texts to compare an export on, beside the built-in ones.</param>
    /// <param name="device">Where an export's source computes.</param>
    /// <param name="progress">Told of the comparison.</param>
    /// <param name="cancellation">Stops between batches.</param>
    /// <returns>What the cascade is told, at temperature 1.</returns>
    public CascadeTeacher Write(string cascade, IReadOnlyList<string> dev, Device device, IProgress<StageProgress>? progress, CancellationToken cancellation)
    {
        string folder = Path.Combine(cascade, Folder);
        if (Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
        OnnxTeacherFiles? files = OnnxTeacherFiles.Find(Place);
        string tokenizer = files?.TokenizerFolder ?? Place, model = Path.Combine(cascade, Model);
        if (files is null)
            Export(model, [.. ParityTexts.BuiltIn, .. dev.Take(ParityOfDev)], device, progress, cancellation);
        else
            Copy(files.Model, model);
        foreach (string name in TextTokenizer.Files.Where(name => File.Exists(Path.Combine(tokenizer, name))))
            AtomicFile.Copy(Path.Combine(tokenizer, name), Path.Combine(folder, name));
        return new CascadeTeacher { Model = Model, Tokenizer = Folder, Labels = Labels, MaxLength = MaxLength, Scores = Scores, Temperature = 1 };
    }

    private void Export(string model, string[] texts, Device device, IProgress<StageProgress>? progress, CancellationToken cancellation)
    {
        ExportResult result = OnnxExport.Run(Place, model, texts, device, precision: null, progress, cancellation);
        progress?.Report(StageProgress.Note("cascade", FormattableString.Invariant(
            $"the teacher's ONNX file answers as the teacher does on {result.Texts:N0} texts, fewer than {OnnxExport.MostTexts:N0}: 'retort export' of {Place} compares on more")));
    }

    // Weights beside the model are found by the name that the model has for them.
    private static void Copy(string model, string target)
    {
        string from = Path.GetDirectoryName(Path.GetFullPath(model))!, to = Path.GetDirectoryName(target)!;
        foreach (string weights in ExternalTensors.FilesOf(model))
            AtomicFile.Copy(weights, Path.Combine(to, Path.GetRelativePath(from, weights)));
        AtomicFile.Copy(model, target);
    }
}
