using System.Text.Json.Nodes;

namespace Retort.Teachers.Text;

/// <summary>What <c>tokenizer_config.json</c> says of a tokenizer beside its vocabulary.</summary>
/// <param name="File">What was read.</param>
/// <param name="First">The token before a text.</param>
/// <param name="Last">The token behind it.</param>
/// <param name="Mask">The token that hides one.</param>
internal sealed record SpecialNames(ConfigFile File, string First, string Last, string Mask)
{
    /// <summary>Whether a text that begins with no blank is read as if it did.</summary>
    public bool AddsPrefixSpace => File.Flag("add_prefix_space", false);

    /// <summary>Reads a folder's; where the file or a name is absent, the given ones count.</summary>
    public static SpecialNames Read(string folder, string first, string last, string mask)
    {
        string path = Path.Combine(folder, "tokenizer_config.json");
        ConfigFile file = System.IO.File.Exists(path) ? ConfigFile.Load(path) : ConfigFile.Of(path, []);
        return new SpecialNames(file, Name(file, "cls_token", first), Name(file, "sep_token", last), Name(file, "mask_token", mask));
    }

    // A token is a text or, in older files, an object with the text as content.
    private static string Name(ConfigFile file, string key, string fallback) =>
        file.Json[key] is JsonObject token ? ConfigFile.Of(file.Path, token).Text("content", fallback) : file.Text(key, fallback);
}
