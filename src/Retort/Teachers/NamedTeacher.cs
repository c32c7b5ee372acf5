namespace Retort.Teachers;

/// <summary>What a teacher is, as a recipe names it.</summary>
public enum TeacherKind
{
    /// <summary>The encoder of the recipe, fine-tuned on train.</summary>
    FineTuned,

    /// <summary>
    /// A fine-tuned classifier: a Hugging Face folder, an .onnx file or a folder with one, <c>hf:ORG/NAME</c> or
    /// <c>npm:NAME@VERSION</c>.
    /// </summary>
    Model,

    /// <summary>A file of logits, probabilities or votes.</summary>
    File,

    /// <summary>A program that answers texts.</summary>
    Command,
}

/// <summary>One of the teachers of a recipe.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Place">Its folder, name, file or command line; empty for <see cref="TeacherKind.FineTuned"/>.</param>
public sealed record NamedTeacher(TeacherKind Kind, string Place)
{
    /// <summary>The word for the fine-tuned encoder.</summary>
    public const string FineTuned = "fine_tuned";

    /// <summary>What stands before a command line.</summary>
    public const string CommandPrefix = "command:";

    private static readonly string[] FileEndings = [".tsv", ".csv", ".jsonl", ".parquet"];

    /// <summary>What tables call it: the word, or the name of its file or folder.</summary>
    public string Name => Kind switch
    {
        TeacherKind.FineTuned => FineTuned,
        TeacherKind.Command => Place,
        _ => Path.GetFileName(Path.TrimEndingDirectorySeparator(Place)) is { Length: > 0 } name ? name : Place,
    };

    public static NamedTeacher Parse(string source)
    {
        if (source == FineTuned)
            return new NamedTeacher(TeacherKind.FineTuned, "");
        if (source.StartsWith(CommandPrefix, StringComparison.Ordinal))
            return new NamedTeacher(TeacherKind.Command, source[CommandPrefix.Length..].Trim());
        bool isFile = FileEndings.Contains(Path.GetExtension(source), StringComparer.OrdinalIgnoreCase) && !Directory.Exists(source);
        return new NamedTeacher(isFile ? TeacherKind.File : TeacherKind.Model, source);
    }
}
