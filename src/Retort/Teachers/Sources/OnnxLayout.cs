using Retort.Runs;

namespace Retort.Teachers.Sources;

/// <summary>Which files of a package or a repository are an ONNX classifier; they come to stand in one folder.</summary>
internal static class OnnxLayout
{
    private static readonly string[] SideFiles = [.. OnnxTeacherFiles.TokenizerFiles, "tokenizer_config.json", "config.json"];

    /// <summary>Name there → plain name here; null where there is no model with a tokenizer beside it or one folder up.</summary>
    /// <exception cref="UsageException">There are several, and none is model.onnx.</exception>
    public static IReadOnlyDictionary<string, string>? Find(string what, IReadOnlyList<string> names)
    {
        string[] models = names.Where(name => OnnxTeacherFiles.IsModel(name) && TokenizerFolder(names, name) is not null).ToArray();
        string[] chosen = models.Length > 1 ? Array.FindAll(models, name => NameOf(name) == OnnxTeacherFiles.DefaultName) : models;
        if (models.Length == 0)
            return null;
        if (chosen.Length != 1)
            throw new UsageException($"{what} has {models.Length} ONNX models ({string.Join(", ", models)}): fetch it and name one of the files");
        string model = chosen[0];
        var files = new Dictionary<string, string>(StringComparer.Ordinal);
        // What is nearer to the model counts. Weights of over 2 GiB stand in files such as model.onnx.data or model.onnx_data.
        string[] folders = new[] { FolderOf(model), TokenizerFolder(names, model)!, ParentOf(FolderOf(model)) }.Distinct().ToArray();
        foreach (string side in SideFiles)
        {
            if (Array.Find(folders, folder => names.Contains(folder + side)) is { } folder)
                files[folder + side] = side;
        }
        foreach (string part in names.Where(name => name.StartsWith(model, StringComparison.Ordinal) && FolderOf(name) == FolderOf(model)))
            files[part] = NameOf(part);
        return files;
    }

    private static string? TokenizerFolder(IReadOnlyList<string> names, string model) =>
        new[] { FolderOf(model), ParentOf(FolderOf(model)) }
            .FirstOrDefault(folder => Array.Exists(OnnxTeacherFiles.TokenizerFiles, name => names.Contains(folder + name)));

    private static string FolderOf(string name) => name[..(name.LastIndexOf('/') + 1)];

    private static string ParentOf(string folder) => FolderOf(folder.TrimEnd('/'));

    private static string NameOf(string name) => name[(name.LastIndexOf('/') + 1)..];
}
