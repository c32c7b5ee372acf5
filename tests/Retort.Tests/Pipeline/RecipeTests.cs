using Retort.Pipeline;
using Retort.Runtime.Model;
using Retort.Teachers;
using Retort.Training;

namespace Retort.Tests.Pipeline;

public sealed class RecipeTests
{
    [Fact]
    public void An_empty_section_and_missing_keys_keep_their_defaults()
    {
        Recipe recipe = Recipe.Parse("name: a\nteacher:\n  # epochs: 9\n", "r.yaml");
        Assert.Equal("a", recipe.Name);
        string[] sources = new TeachOptions().Sources;
        Assert.Equal(sources, recipe.Teacher.Sources);
        Assert.Equal(new TeachOptions { Sources = sources }, recipe.Teacher with { Sources = sources });
        Assert.Equal([1], recipe.Distillation.Seeds);
    }

    [Fact]
    public void Every_type_of_value_is_read()
    {
        Recipe recipe = Recipe.Parse("""
            data:
              header: false
              train: a.tsv
              label_separator: ","
            teacher:
              learning_rate: 2e-5
              long_text: head_tail
              metric: macro_f1
            student:
              windows: [2, 3]
              pooling: max_mean
              embeddings: random
            distillation: {epochs: 7, seeds: 3}
            machine:
              device: cuda
            """, "r.yaml");
        Assert.False(recipe.Data.Header);
        Assert.Equal(",", recipe.Data.LabelSeparator);
        Assert.Equal(2e-5, recipe.Teacher.LearningRate);
        Assert.Equal(LongText.HeadTail, recipe.Teacher.LongText);
        Assert.Equal(DevMetric.MacroF1, recipe.Teacher.Metric);
        Assert.Equal([2, 3], recipe.Student.Windows);
        Assert.Equal(Pooling.MaxMean, recipe.Student.Pooling);
        Assert.Equal("random", recipe.Student.Embeddings);
        Assert.Equal([3], recipe.Distillation.Seeds);
        Assert.Equal(7, recipe.Distillation.Epochs);
        Assert.Equal(DeviceChoice.Cuda, recipe.Machine.Device);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_written_recipe_reads_back_to_the_same_text(bool commented)
    {
        Recipe recipe = Recipe.Parse("""
            name: "true"
            data: {train: "x $$1: #ü\t😀.tsv", label_separator: "\u2028\"\\"}
            distillation: {soft_label_loss: kl, temperature: 3.25, learning_rate: 1e-7, seeds: [1, 2, 3]}
            """, "r.yaml");
        string yaml = recipe.ToYaml(commented);
        Recipe again = Recipe.Parse(yaml, "r.yaml");
        Assert.Equal(yaml, again.ToYaml(commented));
        Assert.Equal(recipe.Data, again.Data);
        Assert.EndsWith("x $1: #ü\t😀.tsv", again.Data.Train, StringComparison.Ordinal);
        Assert.Equal(3.25, again.Distillation.Temperature);
        Assert.Equal(1e-7, again.Distillation.LearningRate);
    }

    [Fact]
    public void A_written_recipe_names_every_key_and_shows_those_without_effect_as_comments()
    {
        string yaml = Recipe.Default([]).ToYaml(commented: true);
        foreach (RecipeKey key in RecipeSchema.Keys)
            Assert.Matches($@"(?m)^ *(# )?{key.Leaf}:", yaml);
        Assert.Contains("  # temperature: 2  # no effect while distillation.soft_label_loss is mse\n", yaml, StringComparison.Ordinal);
        Assert.Contains("\nsignals:\n", yaml, StringComparison.Ordinal);
        Assert.Contains("  long_text: head\n", yaml, StringComparison.Ordinal);
        Assert.Contains("  learning_rate: 5e-5\n", yaml, StringComparison.Ordinal);
    }

    [Fact]
    public void Paths_start_at_the_recipes_folder_and_those_of_overrides_at_the_current_one()
    {
        using var folder = new TemporaryFolder();
        string path = folder.Write("r.yaml", "data: {train: t.tsv, dev: ../d.tsv}\nteacher: {encoder: models/x}\n");
        Recipe recipe = Recipe.Load(path, [RecipeOverride.Parse("data.test=t.tsv")]);
        Assert.Equal(Path.Combine(folder.Path, "t.tsv"), recipe.Data.Train);
        Assert.Equal(Path.GetFullPath(Path.Combine(folder.Path, "../d.tsv")), recipe.Data.Dev);
        Assert.Equal(Path.GetFullPath("t.tsv"), recipe.Data.Test);
        Assert.Equal(Path.Combine(folder.Path, "models", "x"), recipe.Teacher.Encoder);
        Assert.Equal(Path.Combine(folder.Path, "runs"), recipe.Runs);
        Assert.Equal("", recipe.Labelling.Cache);
    }

    [Theory]
    [InlineData("minilm")]
    [InlineData("hf:org/name@main")]
    [InlineData("npm:name@1.0.0")]
    public void Words_are_not_taken_for_paths(string encoder) =>
        Assert.Equal(encoder, Recipe.Parse($"teacher: {{encoder: '{encoder}'}}", "r.yaml").Teacher.Encoder);

    [Fact]
    public void Environment_variables_are_expanded_in_paths()
    {
        Environment.SetEnvironmentVariable("RETORT_TEST_ROOT", Path.GetTempPath());
        Recipe recipe = Recipe.Parse("data: {train: '${RETORT_TEST_ROOT}/a', dev: $RETORT_TEST_ROOT/b, test: a$$b$}", "r.yaml", folder: "/f");
        Assert.Equal(Path.Combine(Path.GetTempPath(), "a"), recipe.Data.Train);
        Assert.Equal(Path.Combine(Path.GetTempPath(), "b"), recipe.Data.Dev);
        Assert.Equal(Path.GetFullPath("/f/a$b$"), recipe.Data.Test);
    }

    [Fact]
    public void A_tilde_at_the_start_is_the_users_folder()
    {
        string home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        Recipe recipe = Recipe.Parse("data: {train: ~/a/b.tsv, dev: a~/b, test: ~b}\nruns: '~'", "r.yaml", folder: "/f");
        Assert.Equal(Path.Combine(home, "a", "b.tsv"), recipe.Data.Train);
        Assert.Equal(home, recipe.Runs);
        Assert.Equal(Path.GetFullPath("/f/a~/b"), recipe.Data.Dev);
        Assert.Equal(Path.GetFullPath("/f/~b"), recipe.Data.Test);
    }

    [Fact]
    public void An_override_replaces_the_recipes_value()
    {
        Recipe recipe = Recipe.Parse("distillation: {epochs: 3}", "r.yaml",
            [RecipeOverride.Parse("distillation.epochs=9"), RecipeOverride.Parse("distillation.seeds=[4, 5]"),
             RecipeOverride.Parse("data.label_separator=#"), RecipeOverride.Parse("data.text_column=\"a\\tb\"")]);
        Assert.Equal(9, recipe.Distillation.Epochs);
        Assert.Equal([4, 5], recipe.Distillation.Seeds);
        Assert.Equal("#", recipe.Data.LabelSeparator);
        Assert.Equal("a\tb", recipe.Data.TextColumn);
    }

    [Fact]
    public void The_defaults_are_valid() => new Recipe().Validate();
}
