using Retort.Runs;
using Retort.Teachers.Text;

namespace Retort.Teachers.Sources;

/// <summary>Which files of a package are a model.</summary>
/// <param name="Files">Name in the package → name in a Hugging Face folder.</param>
internal sealed record PackageLayout(IReadOnlyDictionary<string, string> Files)
{
    private const string Extension = ".safetensors";
    private static readonly string[] SideFiles = ["config.json", .. TextTokenizer.Files];

    /// <summary>
    /// Finds the one folder with config.json and weights in safetensors, or else an ONNX model with its tokenizer. A lone
    /// weights file of another name, such as model.fp16.safetensors, becomes model.safetensors.
    /// </summary>
    /// <exception cref="UsageException">The package has no model, or several.</exception>
    public static PackageLayout Find(string what, IReadOnlyList<string> names)
    {
        string[] folders = [.. names.Where(name => Path.GetFileName(name) == "config.json")
            .Select(FolderOf).Where(folder => Weights(names, folder).Length > 0).Distinct()];
        if (folders.Length == 0 && OnnxLayout.Find(what, names) is { } onnx)
            return new PackageLayout(onnx);
        if (folders.Length != 1)
        {
            throw new UsageException(folders.Length == 0
                ? $"{what} has no model: expected a folder with config.json and a {Extension} file, or one with an {OnnxTeacherFiles.Extension} file and its tokenizer"
                : $"{what} has {folders.Length} models ({string.Join(", ", folders)}): unpack it and name one folder");
        }
        string[] weights = Weights(names, folders[0]);
        var files = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (string file in SideFiles.Where(file => names.Contains(folders[0] + file)))
            files[folders[0] + file] = file;
        if (!TextTokenizer.IsAmong(files.Values))
            throw new UsageException($"{what} has no tokenizer beside its weights: expected {TextTokenizer.Expected}");
        foreach ((string name, string target) in NameWeights(what, names, folders[0], weights))
            files[name] = target;
        return new PackageLayout(files);
    }

    private static IEnumerable<(string Name, string Target)> NameWeights(
        string what, IReadOnlyList<string> names, string folder, string[] weights)
    {
        if (weights.Contains(folder + WeightIndex.SingleFile))
            return [(folder + WeightIndex.SingleFile, WeightIndex.SingleFile)];
        if (names.Contains(folder + WeightIndex.FileName))
            return weights.Append(folder + WeightIndex.FileName).Select(name => (name, Path.GetFileName(name)));
        return weights.Length == 1
            ? [(weights[0], WeightIndex.SingleFile)]
            : throw new UsageException($"{what} has several weights and no {WeightIndex.FileName}: "
                + string.Join(", ", weights.Select(Path.GetFileName)));
    }

    private static string[] Weights(IReadOnlyList<string> names, string folder) =>
        [.. names.Where(name => FolderOf(name) == folder && name.EndsWith(Extension, StringComparison.Ordinal))];

    private static string FolderOf(string name) => name[..(name.LastIndexOf('/') + 1)];
}
