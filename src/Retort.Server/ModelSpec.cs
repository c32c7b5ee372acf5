namespace Retort.Server;

/// <summary>A model to serve.</summary>
/// <param name="Name">Its name in requests: letters, digits, dots, dashes, underscores.</param>
/// <param name="Folder">The student's.</param>
public sealed record ModelSpec(string Name, string Folder)
{
    /// <summary>The folder that <c>retort cascade</c> wrote; null: the student answers alone.</summary>
    public string? Cascade { get; init; }

    /// <summary>Reads <c>NAME=FOLDER</c>, or a folder alone: its name is then its own, or its parent's where it is called student.</summary>
    /// <exception cref="ServerOptionException">No name can be told.</exception>
    public static ModelSpec Parse(string word)
    {
        ArgumentNullException.ThrowIfNull(word);
        (string name, string folder) = Split(word);
        if (name.Length == 0)
        {
            string full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
            name = Path.GetFileName(full);
            if (name == "student" && Path.GetFileName(Path.GetDirectoryName(full)) is { Length: > 0 } parent)
                name = parent;
        }
        if (name.Length is 0 or > 100 || name.Any(letter => !(char.IsAsciiLetterOrDigit(letter) || letter is '.' or '-' or '_')))
            throw new ServerOptionException($"'{name}' cannot be the name of a model: expected letters, digits, dots, dashes or underscores; write NAME=FOLDER");
        return new ModelSpec(name, folder);
    }

    /// <summary>The name, empty where none is given, and the rest.</summary>
    internal static (string Name, string Folder) Split(string word)
    {
        int equals = word.IndexOf('=', StringComparison.Ordinal);
        // A folder may have an equals sign in its name, but then it is there.
        return equals <= 0 || Directory.Exists(word) ? ("", word) : (word[..equals], word[(equals + 1)..]);
    }
}
