using Retort.Pipeline;
using Retort.Runs;

namespace Retort.Tuning;

/// <summary>What a study's trials read beside the corpora.</summary>
internal static class StudyInputs
{
    /// <summary>Sections whose files are hashed as what is in them, or are only written.</summary>
    private static readonly string[] Apart = ["data", "signals"];

    /// <summary>Identifies the files, and the files of the folders, that the recipe names and that have an effect.</summary>
    public static string Hash(Recipe recipe) => ContentHash.OfRecord(RecipeSchema.Values
        .Where(key => key is { Path: not null, Section: { } section } && !Apart.Contains(section.Name) && IdleOptions.Reason(key.Name, recipe) is null)
        .SelectMany(key => (key.Read(recipe) is string[] list ? list : [(string)key.Read(recipe)]).Where(key.Path!.IsPath).SelectMany(Files))
        .Distinct(StringComparer.Ordinal).ToDictionary(file => file, ContentHash.OfFile));

    private static IEnumerable<string> Files(string path)
    {
        if (Directory.Exists(path))
            return Directory.GetFiles(path).Order(StringComparer.Ordinal);
        // A * stands for the part of the corpus.
        string folder = Path.GetDirectoryName(path)!;
        return Directory.Exists(folder) ? Directory.GetFiles(folder, Path.GetFileName(path)).Order(StringComparer.Ordinal) : [];
    }
}
