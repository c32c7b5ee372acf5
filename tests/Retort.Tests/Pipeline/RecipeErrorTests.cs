using System.Text;
using Retort.Pipeline;
using Retort.Runs;

namespace Retort.Tests.Pipeline;

public sealed class RecipeErrorTests
{
    [Theory]
    [InlineData("", "r.yaml is empty")]
    [InlineData("# only a comment\n", "r.yaml is empty")]
    [InlineData("- a\n- b\n", "r.yaml:1: the recipe holds a list: expected keys and values")]
    [InlineData("hello", "r.yaml:1: the recipe holds a single value: expected keys and values")]
    [InlineData("distilation:\n  epochs: 3\n", "r.yaml:1: unknown key 'distilation': did you mean 'distillation'?")]
    [InlineData("distillation:\n  epochs: 1\n  temprature: 3\n", "r.yaml:3: unknown key 'distillation.temprature': did you mean 'distillation.temperature'?")]
    [InlineData("temperature: 3\n", "r.yaml:1: unknown key 'temperature': did you mean 'warm_up.temperature' or 'distillation.temperature' or 'hidden.temperature' or 'token_hidden.temperature'?")]
    [InlineData("teacher:\n  windows: [3]\n", "r.yaml:2: unknown key 'teacher.windows': did you mean 'student.windows'?")]
    [InlineData("machine:\n  alpha: 3\n", "r.yaml:2: unknown key 'machine.alpha': expected one of machine.device, machine.threads")]
    [InlineData("distillation.epochs: 3\n", "r.yaml:1: unknown key 'distillation.epochs': expected a section 'distillation:' with the rest below it")]
    [InlineData("distillation: 3\n", "r.yaml:1: distillation is a section: it holds a single value")]
    [InlineData("name: {a: 1}\n", "r.yaml:1: name holds further keys: expected a value")]
    [InlineData("name: a\nruns: b\nname: c\n", "r.yaml:3: name stands twice, first on line 1")]
    [InlineData("data: {header: true}\nname: c\ndata: {header: false}\n", "r.yaml:3: data stands twice, first on line 1")]
    [InlineData("teacher:\n  epochs: 1\n  epochs: 2\n", "r.yaml:3: teacher.epochs stands twice, first on line 2")]
    [InlineData("name: a\nteacher:\n\tepochs: 1\n", "r.yaml:3: a tab indents this line: expected blanks")]
    [InlineData("teacher:\n  epochs: three\n", "r.yaml:2: teacher.epochs is 'three': expected a whole number")]
    [InlineData("teacher:\n  epochs: 1.5\n", "r.yaml:2: teacher.epochs is '1.5': expected a whole number")]
    [InlineData("teacher:\n  epochs: 99999999999\n", "r.yaml:2: teacher.epochs is '99999999999': expected a whole number")]
    [InlineData("teacher:\n  epochs: '3'\n", "r.yaml:2: teacher.epochs is the text '3' in quotes: expected a whole number, without quotes")]
    [InlineData("teacher:\n  epochs:\n", "r.yaml:2: teacher.epochs is empty: expected a whole number")]
    [InlineData("teacher:\n  epochs: [3]\n", "r.yaml:2: teacher.epochs is a list: expected a whole number instead of a list")]
    [InlineData("teacher:\n  encoder: ~\n", "r.yaml:2: teacher.encoder is '~': expected text")]
    [InlineData("teacher:\n  learning_rate: .inf\n", "r.yaml:2: teacher.learning_rate is '.inf': expected a number")]
    [InlineData("teacher:\n  learning_rate: NaN\n", "r.yaml:2: teacher.learning_rate is 'NaN': expected a number")]
    [InlineData("teacher:\n  learning_rate: 1e999\n", "r.yaml:2: teacher.learning_rate is '1e999': expected a number")]
    [InlineData("data:\n  header: yes\n", "r.yaml:2: data.header is 'yes': expected true or false")]
    [InlineData("teacher:\n  long_text: haed\n", "r.yaml:2: teacher.long_text is 'haed': expected one of head, head_tail, windows_mean; did you mean head?")]
    [InlineData("teacher:\n  long_text: 1\n", "r.yaml:2: teacher.long_text is '1': expected one of head, head_tail, windows_mean")]
    [InlineData("student:\n  windows: [3, x]\n", "r.yaml:2: student.windows is 'x': expected a whole number")]
    [InlineData("student:\n  windows:\n    - 3\n    - [4]\n", "r.yaml:4: student.windows is a list that holds a list")]
    [InlineData("name: &a x\nruns: *a\n", "r.yaml:1: an anchor or alias")]
    [InlineData("name: x\nruns: *a\n", "r.yaml:2: an anchor or alias")]
    [InlineData("data: &d {header: true}\n", "r.yaml:1: an anchor or alias")]
    [InlineData("name: !!python/object x\n", "r.yaml:1: a tag (!)")]
    [InlineData("? [a, b]\n: c\n", "r.yaml:1: a key is a list")]
    [InlineData("name: a\n---\nname: b\n", "r.yaml:2: a second YAML document starts here")]
    [InlineData("name: \"a\n", "this is not valid YAML")]
    [InlineData("name: a\n  b: c\n", "r.yaml:2: this is not valid YAML")]
    [InlineData("data:\n  train: ${RETORT_TEST_UNSET}/x\n", "r.yaml:2: data.train is '${RETORT_TEST_UNSET}/x', and the environment variable RETORT_TEST_UNSET is not set")]
    [InlineData("data:\n  train: \"a\\0b\"\n", "r.yaml:2: data.train holds a NUL character")]
    public void A_wrong_recipe_is_refused_with_line_and_cure(string yaml, string message)
    {
        var error = Assert.Throws<UsageException>(() => Recipe.Parse(yaml, "r.yaml"));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("distillation:\n  temperature: 4\n", "r.yaml:2: distillation.temperature has no effect while distillation.soft_label_loss is mse")]
    [InlineData("distillation:\n  soft_label_loss: kl\n  soft_label_weight: 0\n  hard_label_weight: 1\n", "r.yaml:2: distillation.soft_label_loss has no effect while distillation.soft_label_weight is 0")]
    [InlineData("student:\n  ngram_buckets: 0\n  ngram_width: 8\n", "r.yaml:3: student.ngram_width has no effect while student.ngram_buckets is 0")]
    [InlineData("student:\n  ngram_buckets: 0\ndistillation:\n  ngram_learning_rate: 0.1\n", "r.yaml:4: distillation.ngram_learning_rate has no effect while student.ngram_buckets is 0")]
    [InlineData("distillation:\n  epochs_without_teacher: 9\nbaseline:\n  without_teacher: false\n", "r.yaml:2: distillation.epochs_without_teacher has no effect while baseline.without_teacher is false")]
    [InlineData("data:\n  dev: d.tsv\n  dev_fraction: 0.2\n", "r.yaml:3: data.dev_fraction has no effect while data.dev names a file")]
    [InlineData("data: {dev_limit: 5}\n", "r.yaml:1: data.dev_limit has no effect while data.dev names no file")]
    [InlineData("data:\n  test: d.tsv\n  test_fraction: 0.2\n", "r.yaml:3: data.test_fraction has no effect")]
    [InlineData("data: {dev: d.tsv, test: d.tsv, split_seed: 2}\n", "r.yaml:1: data.split_seed has no effect")]
    [InlineData("data: {train: d.jsonl, header: false}\n", "r.yaml:1: data.header has no effect while no data file is .tsv or .csv")]
    [InlineData("teacher:\n  sources: own\n  epochs: 5\n", "r.yaml:3: teacher.epochs has no effect while teacher.sources does not name fine_tuned")]
    [InlineData("teacher:\n  sources: own\n  encoder: minilm\n", "r.yaml:3: teacher.encoder has no effect while teacher.sources does not name fine_tuned")]
    [InlineData("teacher:\n  combine: first\n", "r.yaml:2: teacher.combine has no effect while teacher.sources names one teacher")]
    [InlineData("teacher: {sources: a.tsv}\nsignals: {pooled_state: cls}\n", "r.yaml:2: signals.pooled_state has no effect while teacher.sources names no model")]
    [InlineData("signals: {command_timeout: 5}\n", "r.yaml:1: signals.command_timeout has no effect while teacher.sources names no command")]
    [InlineData("transfer: {min_confidence: 0.8}\n", "r.yaml:1: transfer.min_confidence has no effect while transfer.unlabelled is empty and augmentation.copies is 0")]
    [InlineData("transfer: {near_duplicates: 0.8}\n", "r.yaml:1: transfer.near_duplicates has no effect while transfer.unlabelled is empty and augmentation.copies is 0")]
    [InlineData("augmentation:\n  mask: 0.2\n", "r.yaml:2: augmentation.mask has no effect while augmentation.copies is 0")]
    [InlineData("augmentation: {copies: 0, vectors: glove.txt}\n", "r.yaml:1: augmentation.vectors has no effect while augmentation.copies is 0")]
    [InlineData("augmentation: {copies: 1, replace: 0, vectors: glove.txt}\n", "r.yaml:1: augmentation.vectors has no effect while augmentation.replace and augmentation.insert are 0")]
    [InlineData("augmentation: {copies: 1, replace: 0, neighbours: 5}\n", "r.yaml:1: augmentation.neighbours has no effect while augmentation.replace, augmentation.insert and augmentation.predict are 0")]
    public void An_option_that_would_be_ignored_is_refused(string yaml, string message)
    {
        var error = Assert.Throws<UsageException>(() => Recipe.Parse(yaml, "r.yaml"));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_the_recipe_says_may_lose_its_effect_by_an_override_and_what_another_override_says_may_not()
    {
        string template = Recipe.Template([]);
        Assert.Contains("ngram_width: 32", template, StringComparison.Ordinal);
        RecipeOverride none = RecipeOverride.Parse("student.ngram_buckets=0");
        Assert.Equal(0, Recipe.Parse(template, "r.yaml", [none]).Student.NgramBuckets);
        string changed = template.Replace("ngram_width: 32", "ngram_width: 16", StringComparison.Ordinal);
        Assert.Equal((0, 16), Recipe.Parse(changed, "r.yaml", [none]).Student is var student ? (student.NgramBuckets, student.NgramWidth) : default);
        Assert.Equal(0, Recipe.Parse(changed, "r.yaml", [none, RecipeOverride.Parse("student.ngram_width=32")]).Student.NgramBuckets);
        RecipeOverride width = RecipeOverride.Parse("student.ngram_width=32");
        Assert.Contains("student.ngram_width has no effect", Assert.Throws<UsageException>(() => Recipe.Parse("name: x", "r.yaml", [none, width])).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("distillation.temprature=3", "--set distillation.temprature=3: unknown key 'distillation.temprature': did you mean 'distillation.temperature'?")]
    [InlineData("distillation=3", "--set distillation=3: distillation is a section: expected one of distillation.soft_label_loss")]
    [InlineData("distillation.epochs=x", "--set distillation.epochs=x: distillation.epochs is 'x': expected a whole number")]
    [InlineData("distillation.epochs=", "--set distillation.epochs=: distillation.epochs is empty: expected a whole number")]
    [InlineData("distillation.epochs=0", "--set distillation.epochs=0: distillation.epochs is 0: expected a number of at least 1")]
    [InlineData("distillation.seeds=[1, 2", "--set distillation.seeds=[1, 2: this is not valid YAML")]
    [InlineData("distillation.temperature=3", "--set distillation.temperature=3: distillation.temperature has no effect while")]
    [InlineData("distillation.seeds=[1, 1]", "distillation.seeds holds 1 twice")]
    public void A_wrong_override_is_refused_by_name(string assignment, string message)
    {
        var error = Assert.Throws<UsageException>(() => Recipe.Parse("name: x", "r.yaml", [RecipeOverride.Parse(assignment)]));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("compression.apply=false", "compression:\n  apply: true\n  epochs: 0\n")]
    [InlineData("baseline.without_teacher=false", "distillation:\n  epochs_without_teacher: 9\n")]
    [InlineData("distillation.soft_label_loss=mse", "distillation:\n  soft_label_loss: kl\n  temperature: 4\n")]
    public void What_an_override_switches_off_may_stand_in_the_recipe(string assignment, string yaml) =>
        Recipe.Parse(yaml, "r.yaml", [RecipeOverride.Parse(assignment)]);

    [Fact]
    public void What_the_recipe_switches_off_itself_is_refused_beside_overrides_as_without()
    {
        RecipeOverride[] other = [RecipeOverride.Parse("distillation.epochs=2")], both = [RecipeOverride.Parse("compression.apply=false"), RecipeOverride.Parse("compression.epochs=0")];
        Assert.Contains("r.yaml:2: distillation.temperature has no effect", Assert.Throws<UsageException>(() => Recipe.Parse("distillation:\n  temperature: 4\n", "r.yaml", other)).Message, StringComparison.Ordinal);
        Assert.Contains("--set compression.epochs=0: compression.epochs has no effect", Assert.Throws<UsageException>(() => Recipe.Parse("compression:\n  apply: true\n", "r.yaml", both)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("distillation.epochs")]
    [InlineData("=3")]
    [InlineData("")]
    public void An_override_without_key_and_value_is_refused(string assignment) =>
        Assert.Contains("expected a key and a value", Assert.Throws<UsageException>(() => RecipeOverride.Parse(assignment)).Message, StringComparison.Ordinal);

    [Fact]
    public void A_key_that_is_overridden_twice_is_refused()
    {
        RecipeOverride[] both = [new("machine.device", "cuda", "--device"), RecipeOverride.Parse("machine.device=cpu")];
        var error = Assert.Throws<UsageException>(() => Recipe.Default(both));
        Assert.Contains("--set machine.device=cpu: machine.device is already set by --device", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_absent_too_large_or_not_text_is_refused()
    {
        using var folder = new TemporaryFolder();
        Assert.Contains("there is no such file", Refusal(Path.Combine(folder.Path, "none.yaml")), StringComparison.Ordinal);
        Assert.Contains("not UTF-8", Refusal(folder.Write("latin.yaml", [(byte)'n', 0xe9, 0x0a])), StringComparison.Ordinal);
        Assert.Contains("at most", Refusal(folder.Write("large.yaml", new string('#', 2_000_000))), StringComparison.Ordinal);
        Assert.Contains("cannot read the recipe", Refusal(folder.Path), StringComparison.Ordinal);
    }

    [Fact]
    public void Deep_nesting_and_random_bytes_are_refused_and_nothing_else_happens()
    {
        Assert.Throws<UsageException>(() => Recipe.Parse(new string('[', 100_000), "r.yaml"));
        Assert.Throws<UsageException>(() => Recipe.Parse("student: {windows: " + new string('[', 100_000), "r.yaml"));
        var random = new Random(1);
        const string alphabet = "name: data\n -{}[]\"'&*!|>%@#?,~\t\\$\0é";
        for (int k = 0; k < 3000; k++)
        {
            var yaml = new StringBuilder("name:");
            for (int n = random.Next(40); n > 0; n--)
                yaml.Append(alphabet[random.Next(alphabet.Length)]);
            Exception? error = Record.Exception(() => Recipe.Parse(yaml.ToString(), "r.yaml"));
            Assert.True(error is null or UsageException, $"{yaml}: {error}");
        }
    }

    private static string Refusal(string path) => Assert.Throws<UsageException>(() => Recipe.Load(path)).Message;
}
