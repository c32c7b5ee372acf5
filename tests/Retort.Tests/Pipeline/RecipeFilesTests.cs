using System.Text.RegularExpressions;
using Retort.Pipeline;

namespace Retort.Tests.Pipeline;

/// <summary>The recipes of the repository, with the overrides that their comments offer.</summary>
public sealed partial class RecipeFilesTests
{
    /// <summary>Recipe, and one run of overrides as it is written; empty: the recipe as it is.</summary>
    public static TheoryData<string, string> Offers
    {
        get
        {
            var offers = new TheoryData<string, string>();
            foreach (string file in Directory.EnumerateFiles(Path.Combine(TestPaths.Root, "recipes"), "*.yaml").Order(StringComparer.Ordinal))
            {
                string comments = string.Join(' ', File.ReadLines(file).Where(line => line.StartsWith('#')).Select(line => line[1..].Trim()));
                offers.Add(Path.GetFileName(file), "");
                foreach (Match match in Overrides().Matches(comments))
                    offers.Add(match.Groups[1].Success ? match.Groups[1].Value : Path.GetFileName(file), match.Groups[2].Value.Trim());
            }
            return offers;
        }
    }

    [Theory]
    [MemberData(nameof(Offers))]
    public void A_recipe_is_read_and_so_is_what_its_comment_offers(string file, string offer)
    {
        RecipeOverride[] overrides = [.. Override().Matches(offer).Select(match => RecipeOverride.Parse(Place(match.Groups[1].Value.TrimEnd('.', ',', ';', ':').Trim('\''))))];
        Assert.Equal(offer.Length > 0, overrides.Length > 0);
        Recipe recipe = Recipe.Parse(Place(File.ReadAllText(Path.Combine(TestPaths.Root, "recipes", file))), file, overrides);
        if (overrides.All(change => change.Key != "name"))
            Assert.Equal(Path.GetFileNameWithoutExtension(file), recipe.Name);
    }

    // Wherever data, models and runs stand: nothing of them is opened.
    private static string Place(string text) => Variable().Replace(text, match => Path.Combine(Path.GetTempPath(), match.Groups[1].Value));

    [GeneratedRegex(@"(?:recipes/(\S+\.yaml) )?((?:--set (?:'[^']*'\S*|\S+)\s*)+)")]
    private static partial Regex Overrides();

    [GeneratedRegex(@"--set ('[^']*'\S*|\S+)")]
    private static partial Regex Override();

    [GeneratedRegex(@"\$(RETORT_\w+)")]
    private static partial Regex Variable();
}
