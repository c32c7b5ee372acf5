using System.Text.RegularExpressions;
using Retort.Teachers.Sources;

namespace Retort.Reports;

/// <summary>The licence of a model, as its own card tells it.</summary>
public static partial class ModelLicence
{
    // A card's front matter is short; what follows may be of any length.
    private const int LongestFrontMatter = 16_384;

    /// <summary>The licence of a model that a recipe names; null where nothing at hand tells it.</summary>
    /// <param name="place">A folder, <c>minilm</c>, or a name that is looked up elsewhere.</param>
    public static string? Of(string place)
    {
        if (place == PinnedEncoder.Name)
            return PinnedEncoder.Licence;
        string card = Path.Combine(place, "README.md");
        return File.Exists(card) ? OfCard(Head(card)) : null;
    }

    /// <summary>The key <c>license</c> of a card's YAML front matter; null where there is none, or it says that it is unknown.</summary>
    /// <param name="card">The card in Markdown.</param>
    public static string? OfCard(string card)
    {
        Match front = FrontMatter().Match(card);
        Match licence = front.Success ? Key().Match(front.Value) : Match.Empty;
        return licence.Success && licence.Groups[1].Value is { Length: > 0 } name && name != "unknown" ? name : null;
    }

    private static string Head(string path)
    {
        using var reader = new StreamReader(path);
        char[] head = new char[LongestFrontMatter];
        return new string(head, 0, reader.ReadBlock(head));
    }

    [GeneratedRegex(@"\A\uFEFF?---\r?\n.*?\r?\n---", RegexOptions.Singleline)]
    private static partial Regex FrontMatter();

    [GeneratedRegex(@"^license:[ \t]*[""']?([A-Za-z0-9.+-]+)[""']?[ \t]*\r?$", RegexOptions.Multiline)]
    private static partial Regex Key();
}
