using Retort.Runs;

namespace Retort.Teachers;

/// <summary>The files of a teacher that is an ONNX model.</summary>
/// <param name="Model">The .onnx file.</param>
/// <param name="TokenizerFolder">Where its tokenizer.json or vocab.txt stands: beside it or one folder up, as the hub has them.</param>
/// <param name="Config">Its config.json; null where there is none.</param>
public sealed record OnnxTeacherFiles(string Model, string TokenizerFolder, string? Config)
{
    public const string Extension = ".onnx";
    internal const string DefaultName = "model.onnx";

    internal static readonly string[] TokenizerFiles = ["tokenizer.json", "vocab.txt"];

    public static bool IsModel(string path) => Path.GetExtension(path).Equals(Extension, StringComparison.OrdinalIgnoreCase);

    /// <summary>The files that a place names: an .onnx file, or a folder with one and no safetensors; null where it is neither.</summary>
    /// <exception cref="RetortException">The model has no tokenizer, or the folder has several models.</exception>
    public static OnnxTeacherFiles? Find(string place)
    {
        if (ModelOf(place) is not { } model)
            return null;
        string own = Path.GetDirectoryName(Path.GetFullPath(model))!;
        string[] folders = Path.GetDirectoryName(own) is { } parent ? [own, parent] : [own];
        string tokenizer = Array.Find(folders, folder => Array.Exists(TokenizerFiles, name => File.Exists(Path.Combine(folder, name))))
            ?? throw new RetortException($"{model} has no tokenizer: expected {string.Join(" or ", TokenizerFiles)} in {string.Join(" or ", folders)}, "
                + "from where the model comes from");
        return new OnnxTeacherFiles(model, tokenizer,
            folders.Select(folder => Path.Combine(folder, "config.json")).FirstOrDefault(File.Exists));
    }

    private static string? ModelOf(string place)
    {
        if (File.Exists(place) && IsModel(place))
            return place;
        if (!Directory.Exists(place) || Directory.EnumerateFiles(place, "*.safetensors").Any())
            return null;
        foreach (string folder in (string[])[place, Path.Combine(place, "onnx")])
        {
            string[] models = Directory.Exists(folder) ? Directory.GetFiles(folder, "*" + Extension).Order(StringComparer.Ordinal).ToArray() : [];
            if (models.Length == 1)
                return models[0];
            if (models.Length > 1)
            {
                return Array.Find(models, model => Path.GetFileName(model) == DefaultName)
                    ?? throw new UsageException($"{folder} has {models.Length} ONNX models ({string.Join(", ", models.Select(Path.GetFileName))}): name one of the files")
                    { Key = "teacher.sources" };
            }
        }
        return null;
    }
}
