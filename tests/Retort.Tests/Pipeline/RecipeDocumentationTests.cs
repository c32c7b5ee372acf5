using Retort.Pipeline;

namespace Retort.Tests.Pipeline;

public sealed class RecipeDocumentationTests
{
    [Fact]
    public void The_documentation_lists_every_key_with_its_default_and_meaning()
    {
        string documentation = File.ReadAllText(Path.Combine(TestPaths.Root, "docs", "recipes.md")).ReplaceLineEndings("\n");
        Assert.True(documentation.Contains(Recipe.KeyTable(), StringComparison.Ordinal),
            "docs/recipes.md is out of date: replace its table by what 'retort init --docs' prints");
    }

    [Fact]
    public void The_table_has_a_row_for_every_key()
    {
        string[] rows = Recipe.KeyTable().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(Recipe.Keys.Count(), rows.Length - 2);
        Assert.Contains("| `distillation.temperature` | `2` | Temperature of the kl losses; mse does not use one |", rows);
        Assert.Contains("| `student.windows` | `[3, 4, 5]` | Widths of the convolutions, in tokens |", rows);
    }
}
