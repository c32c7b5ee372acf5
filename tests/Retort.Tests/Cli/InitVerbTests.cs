using Retort.Pipeline;

namespace Retort.Tests.Cli;

public sealed class InitVerbTests : IDisposable
{
    private readonly TestTerminal _terminal = new();
    private readonly TemporaryFolder _folder = new();

    private string RecipePath => Path.Combine(_folder.Path, "reviews.yaml");

    [Fact]
    public async Task It_writes_a_recipe_that_loads_to_the_defaults()
    {
        Assert.Equal(0, await _terminal.Run("init", RecipePath));
        Recipe recipe = Recipe.Load(RecipePath);
        Assert.Equal("reviews", recipe.Name);
        Assert.Equal(Recipe.Parse("name: reviews", "", folder: _folder.Path).ToYaml(false), recipe.ToYaml(false));
        Assert.Contains("# Temperature of the kl loss", File.ReadAllText(RecipePath), StringComparison.Ordinal);
        Assert.Contains($"retort run {RecipePath}", _terminal.Out.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Paths_stand_in_it_as_they_were_given()
    {
        Assert.Equal(0, await _terminal.Run("init", RecipePath, "--json", "--set", "data.train=train.tsv", "--set", "data.dev=$RETORT_DATA/dev.tsv"));
        string yaml = await File.ReadAllTextAsync(RecipePath, TestContext.Current.CancellationToken);
        Assert.Contains("\n  train: train.tsv\n", yaml, StringComparison.Ordinal);
        Assert.Contains("\n  dev: \"$RETORT_DATA/dev.tsv\"\n", yaml, StringComparison.Ordinal);
        Assert.Equal($"{{\"recipe\":\"{RecipePath}\"}}\n", _terminal.Out.ToString());
    }

    [Fact]
    public async Task It_replaces_a_file_only_when_told_to()
    {
        File.WriteAllText(RecipePath, "mine");
        Assert.Equal(2, await _terminal.Run("init", RecipePath));
        Assert.Equal("mine", File.ReadAllText(RecipePath));
        Assert.Contains("--force", _terminal.Error.ToString(), StringComparison.Ordinal);
        Assert.Equal(0, await _terminal.Run("init", RecipePath, "--force"));
        Assert.NotEqual("mine", File.ReadAllText(RecipePath));
    }

    [Fact]
    public async Task It_refuses_a_wrong_value_and_writes_nothing()
    {
        Assert.Equal(2, await _terminal.Run("init", RecipePath, "--set", "teacher.epochs=0"));
        Assert.False(File.Exists(RecipePath));
    }

    public void Dispose() => _folder.Dispose();
}
