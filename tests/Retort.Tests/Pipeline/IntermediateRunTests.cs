using System.Globalization;
using System.Text.RegularExpressions;
using Retort.Distillation;
using Retort.Distillation.Alignment;
using Retort.Evaluation;
using Retort.Export;
using Retort.Pipeline;
using Retort.Runs;
using Retort.Signals.Intermediate;
using Retort.Teachers;
using Retort.Tests.Distillation;
using Retort.Tests.Teachers;
using TorchSharp;

namespace Retort.Tests.Pipeline;

/// <summary>Runs whose students are aligned with what goes on within the teacher.</summary>
[Collection(FinishedRunTests.Name)]
public sealed class IntermediateRunTests(FinishedRun run) : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly List<string> _messages = [];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_feature_map_is_aligned_from_files_and_what_is_saved_is_a_plain_student()
    {
        Recipe recipe = Recipe();
        Run(recipe);
        Assert.Contains(_messages, message => message.StartsWith("intermediate signals of 60 texts: ", StringComparison.Ordinal) && message.EndsWith("; --online computes them at every step instead", StringComparison.Ordinal));
        string[] looks = Looks();
        Assert.All(looks, look => Assert.Matches(@"soft_label \d+\.\d{4} \(weight 1, gradient [^)]*\), hidden \d+\.\d{4} \(weight 2, gradient [^)]*\), token_hidden \d+\.\d{4} \(weight 5, gradient [^)]*\), attention \d+\.\d{4} \(weight 5, gradient [^)]*\)", look));
        double[] first = Values(looks[0]), last = Values(looks[^1]);
        Assert.All(first.Zip(last), pair => Assert.True(pair.Second < pair.First, $"{looks[0]} … {looks[^1]}"));
        string aligned = _folder["tiny/students/seed-1/model.safetensors"], plain = Path.Combine(run.Result.Folder, "students/seed-1/model.safetensors");
        Assert.NotEqual(ContentHash.OfFile(plain), ContentHash.OfFile(aligned));
        Assert.Equal(new FileInfo(plain).Length, new FileInfo(aligned).Length);

        Again(recipe);
        Assert.DoesNotContain(_messages, message => message.Contains(" runs", StringComparison.Ordinal) || message.Contains("intermediate signals of", StringComparison.Ordinal));
        Again(recipe with { TokenHidden = new() { Loss = HiddenLoss.Cosine } });
        Assert.Contains("students/seed-1 runs: token_hidden changed", _messages);
        // Other layers are other files, and other students.
        Again(recipe with { TokenHidden = new() { Layers = [1, 2], LayerMapping = LayerMapping.Each } });
        Assert.Contains(_messages, message => message.StartsWith("intermediate signals of 60 texts: ", StringComparison.Ordinal));
        Assert.Contains(_messages, message => message.StartsWith("students/seed-1 runs: ", StringComparison.Ordinal) && message.Contains("token_hidden", StringComparison.Ordinal) && message.Contains("intermediate", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(IntermediatePrecision.F16, 2e-3)]
    [InlineData(IntermediatePrecision.Int8, 1e-2)]
    public void From_files_and_from_the_teacher_at_every_step_the_losses_are_the_same(IntermediatePrecision precision, double tolerance)
    {
        Recipe cached = Recipe() with { Hidden = new() { Layers = [1] }, Attention = new() { Layers = [1, 2], Heads = [0, 3] }, Intermediate = new() { Precision = precision } };
        cached = cached with { Distillation = cached.Distillation with { Epochs = 1, EvaluationsPerEpoch = 2 } };
        Run(cached);
        double[] stored = Values(Looks()[0]);
        Again(cached with { Intermediate = new() { Storage = IntermediateStorage.Online } });
        Assert.DoesNotContain(_messages, message => message.Contains("intermediate signals of", StringComparison.Ordinal));
        double[] online = Values(Looks()[0]);
        Assert.Equal(4, online.Length);
        // All are shown to four places, and are well above that.
        Assert.All(online, value => Assert.True(value > 0.01, $"{value}"));
        Assert.Equal(online, stored, (a, b) => Math.Abs(a - b) <= tolerance * a + 1e-4);
        Assert.Contains("students/seed-1 runs: intermediate changed", _messages);
    }

    [Theory]
    [InlineData(TermWeights.GradientNorm, SampleTemperature.None)]
    [InlineData(TermWeights.Fixed, SampleTemperature.Learned)]
    public void What_is_learnt_beside_the_student_is_resumed_with_the_training(TermWeights weights, SampleTemperature temperature)
    {
        Recipe recipe = Recipe();
        recipe = recipe with
        {
            Distillation = recipe.Distillation with { TermWeights = weights, SampleTemperature = temperature, SoftLabelLoss = temperature == SampleTemperature.None ? SoftLabelLoss.Mse : SoftLabelLoss.Kl },
        };
        Run(recipe);
        string model = _folder["tiny/students/seed-1/model.safetensors"], whole = ContentHash.OfFile(model);
        Again(recipe with { Distillation = recipe.Distillation with { TermWeights = TermWeights.Fixed, SampleTemperature = SampleTemperature.None } });
        Assert.NotEqual(whole, ContentHash.OfFile(model));
        Again(recipe);
        Assert.Equal(whole, ContentHash.OfFile(model));
        using var stop = new CancellationTokenSource();
        Assert.ThrowsAny<OperationCanceledException>(() => RunPipeline.Run(recipe, new() { Offline = true }, Stage.Distill, Stage.Distill, "", new Watcher(report =>
        {
            if (report is { Stage: "distill", Done: 20 })
                stop.Cancel();
        }), stop.Token));
        _messages.Clear();
        FinishedRun.Run(recipe, Stage.Distill, Stage.Distill, messages: _messages);
        Assert.Contains(_messages, message => message.StartsWith("resuming at step 2", StringComparison.Ordinal));
        Assert.Equal(whole, ContentHash.OfFile(model));
    }

    [Theory]
    [InlineData("layers", "token_hidden.layers holds 3, and the teacher has 2 layers: expected 0 to 2, or -1 (the last) to -3")]
    [InlineData("attention layers", "attention.layers holds 0, and the teacher has 2 layers: expected 1 to 2, or -1 (the last) to -2")]
    [InlineData("twice", "token_hidden.layers holds 2, -1, and the teacher has 2 layers: two of these are the same")]
    [InlineData("heads", "attention.heads holds 4, and each of the teacher's layers has 4 heads: expected 0 to 3")]
    [InlineData("budget", "intermediate.budget is 1E-06 GB, and the intermediate signals of these texts take up 0.0 MB: expected a larger budget")]
    [InlineData("width", "token_hidden.projection is none, and the student has 12 features at each position, the teacher's states 16: expected as many")]
    [InlineData("windows", "distillation.attention_weight is above 0, and the teacher reads long texts in several windows")]
    public void What_the_teacher_does_not_have_is_told_before_a_student_is_trained(string what, string message)
    {
        Recipe recipe = Recipe();
        recipe = what switch
        {
            "layers" => recipe with { TokenHidden = new() { Layers = [3] } },
            "attention layers" => recipe with { Attention = new() { Layers = [0] } },
            "twice" => recipe with { TokenHidden = new() { Layers = [2, -1] } },
            "heads" => recipe with { Attention = new() { Heads = [0, 4] } },
            "budget" => recipe with { Intermediate = new() { Budget = 1e-6 } },
            "width" => recipe with { TokenHidden = new() { Projection = Projection.None } },
            _ => recipe with { Teacher = recipe.Teacher with { LongText = LongText.WindowsMean, Epochs = 1, AcceptWeak = true } },
        };
        var error = Assert.Throws<UsageException>(() => Run(recipe));
        Assert.StartsWith(message, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("student, seed 1", _messages);
        // What the recipe and the encoder's config.json tell is told before anything is trained.
        Assert.Equal(what is not "budget", !Did("teach"));
        Assert.False(Did("label"));
    }

    [Fact]
    public void How_much_will_be_written_is_told_and_refused_before_an_encoder_is_taught()
    {
        Recipe fresh = Recipe() with { Name = "fresh" };
        var error = Assert.Throws<UsageException>(() => Run(fresh with { Intermediate = new() { Budget = 1e-6 } }));
        Assert.StartsWith("intermediate.budget is 1E-06 GB, and the intermediate signals of these texts take up 0.0 MB", error.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder["fresh/teacher"]));
        _messages.Clear();
        Run(fresh);
        int told = _messages.FindIndex(message => message.StartsWith("intermediate signals of 60 texts will take up some 0.0 MB; --online", StringComparison.Ordinal));
        Assert.InRange(told, 0, _messages.FindIndex(message => message.StartsWith("teach", StringComparison.Ordinal)) - 1);
    }

    [Fact]
    public void How_much_will_be_written_is_told_and_refused_before_an_encoder_is_taught_anew()
    {
        Recipe recipe = Recipe();
        recipe = recipe with { Teacher = recipe.Teacher with { Epochs = 1, AcceptWeak = true } };
        var error = Assert.Throws<UsageException>(() => Run(recipe with { Intermediate = new() { Budget = 1e-6 } }));
        Assert.StartsWith("intermediate.budget is 1E-06 GB", error.Message, StringComparison.Ordinal);
        Assert.False(Did("teach"));
        Run(recipe);
        Assert.InRange(_messages.FindIndex(IsForecast), 0, _messages.FindIndex(message => message.StartsWith("teach runs", StringComparison.Ordinal)) - 1);
        Assert.Single(_messages, IsForecast);
    }

    [Fact]
    public void How_much_will_be_written_is_told_and_refused_before_a_finished_teacher_labels()
    {
        Recipe recipe = Finished(Path.Combine(run.Result.Folder, "teacher"));
        var error = Assert.Throws<UsageException>(() => Run(recipe with { Intermediate = new() { Budget = 1e-6 } }));
        Assert.StartsWith("intermediate.budget is 1E-06 GB, and the intermediate signals of these texts take up 0.0 MB", error.Message, StringComparison.Ordinal);
        Assert.False(Did("label"));
        Run(recipe);
        Assert.InRange(_messages.FindIndex(IsForecast), 0, _messages.FindIndex(message => message.StartsWith("label runs", StringComparison.Ordinal)) - 1);
        // What is written already is not counted again.
        Again(recipe);
        Assert.DoesNotContain(_messages, IsForecast);
        Again(recipe with { Transfer = new() { Unlabelled = [_folder.Write("more.txt", "the very good end of a film\n")] } });
        Assert.Contains("intermediate signals of 1 texts will take up some 0.0 MB; --online computes them at every step instead", _messages);
    }

    [Fact]
    public void Several_windows_a_text_have_no_attention_which_is_told_before_a_finished_teacher_labels()
    {
        string teacher = GoldenEncoders.CopyOf(Path.Combine(run.Result.Folder, "teacher"), _folder["windows"]);
        GoldenEncoders.Edit(Path.Combine(teacher, "config.json"), "\"long_text\": \"head\"", "\"long_text\": \"windows_mean\"");
        var error = Assert.Throws<UsageException>(() => Run(Finished(teacher)));
        Assert.StartsWith("distillation.attention_weight is above 0, and the teacher reads long texts in several windows", error.Message, StringComparison.Ordinal);
        Assert.False(Did("label"));
    }

    [Theory]
    [InlineData(0, "some")]
    [InlineData(0.9, "at most")]
    public void Texts_that_the_teacher_may_be_unsure_of_are_told_and_not_refused(double minConfidence, string amount)
    {
        string[] more = [.. Enumerable.Repeat("a good film", 500)];
        Recipe recipe = Recipe() with { Transfer = new() { MinConfidence = minConfidence } };
        Forecast(recipe).OfEncoder(place => place);
        Assert.StartsWith($"intermediate signals of 501 texts will take up {amount} 0.1 MB; ", Assert.Single(_messages), StringComparison.Ordinal);
        recipe = recipe with { Intermediate = new() { Budget = 1e-5 } };
        if (minConfidence > 0)
            Forecast(recipe).OfEncoder(place => place);
        else
            Assert.Throws<UsageException>(() => Forecast(recipe).OfEncoder(place => place));

        IntermediateForecast Forecast(Recipe of) => new(of, _folder["tiny"], ["bad"], more, new Watcher(report => _messages.Add(report.Message!)), TestContext.Current.CancellationToken);
    }

    [Fact]
    public void Lines_of_results_tell_such_students_apart()
    {
        Recipe recipe = Recipe() with { TokenHidden = new() { Layers = [1, 2] }, Intermediate = new() { Storage = IntermediateStorage.Online } };
        string settings = RunResultsLines.Of(recipe, run.Result, "retort run", DateTimeOffset.UnixEpoch).First(line => line.Role == Role.Student).Settings;
        foreach (string setting in new[] { "distillation.token_hidden_weight=5", "token_hidden.layers=1,2", "attention.width=8", "intermediate.storage=online" })
            Assert.Contains(setting, settings.Split(' '));
    }

    [Fact]
    public void More_than_the_disk_holds_is_refused()
    {
        IntermediateForecast.RequireRoom(20, 19_000_000_000, 1_000_000_000, 19_000_000_000, "cache");
        var error = Assert.Throws<UsageException>(() => IntermediateForecast.RequireRoom(20, 19_000_000_001, 0, 19_000_000_000, "cache"));
        Assert.Equal("the intermediate signals of these texts take up 19.0 GB, and the disk of cache has 19.0 GB left: expected another signals.cache, "
            + "fewer layers, intermediate.precision int8, or --online, which computes them at every step", error.Message);
        Assert.Throws<UsageException>(() => IntermediateForecast.RequireRoom(20, 19_000_000_000, 1_000_000_001, 90_000_000_000, "cache"));
    }

    [Fact]
    public void An_ONNX_teacher_cannot_be_looked_into()
    {
        string teacher = Path.Combine(run.Result.Folder, "teacher");
        Directory.CreateDirectory(_folder["onnx"]);
        OnnxExport.Run(teacher, _folder["onnx/model.onnx"], ["a good film", "bad"], torch.CPU);
        File.Copy(Path.Combine(teacher, "vocab.txt"), _folder["onnx/vocab.txt"]);
        var error = Assert.Throws<UsageException>(() => Run(Recipe() with { Teacher = new TeachOptions { Sources = [_folder["onnx"]], Encoder = run.Encoder } }));
        Assert.Equal("distillation.token_hidden_weight", error.Key);
        Assert.StartsWith("distillation.token_hidden_weight is above 0, and no teacher can be looked into: expected fine_tuned or a Hugging Face folder", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("roberta")]
    [InlineData("albert")]
    [InlineData("distilbert")]
    public void Every_kind_of_encoder_can_be_looked_into(string encoder)
    {
        Recipe recipe = Recipe() with { Name = "other", Student = ToyCorpus.Student with { Embeddings = "teacher", Tokenizer = run.Encoder } };
        Run(recipe with { Teacher = recipe.Teacher with { Epochs = 1, AcceptWeak = true, Encoder = GoldenEncoders.Place(encoder) } });
        Assert.Contains(Looks(), look => look.Contains("token_hidden ", StringComparison.Ordinal) && look.Contains("attention ", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("distillation:\n  token_hidden_weight: 1\nteacher:\n  sources: t.tsv", "distillation.token_hidden_weight is above 0, and teacher.sources names no model: expected a teacher that has states of tokens")]
    [InlineData("distillation:\n  attention_weight: 1\nteacher:\n  sources: 'command:x'", "distillation.attention_weight is above 0, and teacher.sources names no model: expected a teacher that has attention")]
    [InlineData("distillation:\n  attention_weight: -1", "distillation.attention_weight is -1: expected a number of at least 0")]
    [InlineData("distillation:\n  token_hidden_weight: 1\nfractionation:\n  scores: [uncertainty]\n  schedule: rounds", "fractionation.schedule is rounds, which labels what is chosen and no more, and distillation.token_hidden_weight is above 0")]
    [InlineData("attention:\n  loss: mse", "attention.loss has no effect while distillation.attention_weight is 0")]
    [InlineData("token_hidden:\n  layers: [1]", "token_hidden.layers has no effect while distillation.token_hidden_weight is 0")]
    [InlineData("distillation:\n  token_hidden_weight: 1\ntoken_hidden:\n  layer_mapping: each", "token_hidden.layer_mapping has no effect while token_hidden.layers names one")]
    [InlineData("distillation:\n  token_hidden_weight: 1\ntoken_hidden:\n  layers: []", "token_hidden.layers is an empty list: expected at least one number")]
    [InlineData("distillation:\n  token_hidden_weight: 1\ntoken_hidden:\n  loss: similarity\n  projection: adaptive", "token_hidden.projection has no effect while token_hidden.loss is similarity")]
    [InlineData("intermediate:\n  precision: int8", "intermediate.precision has no effect while distillation.token_hidden_weight and distillation.attention_weight are 0, and hidden.layers names the last alone")]
    [InlineData("distillation:\n  attention_weight: 1\nintermediate:\n  storage: online\n  budget: 3", "intermediate.budget has no effect while intermediate.storage is online")]
    [InlineData("distillation:\n  attention_weight: 1\nintermediate:\n  budget: 0", "intermediate.budget is 0: expected a number above 0")]
    [InlineData("distillation:\n  attention_weight: 1\nattention:\n  heads: [-1]", "attention.heads is -1: expected")]
    [InlineData("distillation:\n  soft_label_loss: kl\n  temperature: 0.5\n  sample_temperature: learned", "distillation.temperature is 0.5, and distillation.sample_temperature is learned, which begins there and moves between 1 and twice as far from 1: expected more than 1")]
    [InlineData("distillation:\n  sample_temperature: learned", "distillation.sample_temperature has no effect while distillation.soft_label_loss is mse")]
    public void A_recipe_that_cannot_be_is_refused(string yaml, string message)
    {
        var error = Assert.Throws<UsageException>(() => Retort.Pipeline.Recipe.Parse(yaml + "\n", "r.yaml"));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    private static bool IsForecast(string message) => message.Contains(" will take up ", StringComparison.Ordinal);

    private static double[] Values(string look) => [.. Regex.Matches(look, @"(?:soft_label|hidden|token_hidden|attention) (\d+\.\d+)")
        .Select(match => double.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture))];

    private string[] Looks() => [.. _messages.Where(message => message.Contains("; soft_label ", StringComparison.Ordinal))];

    private Recipe Recipe()
    {
        Recipe recipe = run.CopyTo(_folder);
        return recipe with
        {
            Distillation = recipe.Distillation with { HiddenWeight = 2, TokenHiddenWeight = 5, AttentionWeight = 5, Seeds = [1] },
            Attention = new() { Width = 8 },
        };
    }

    /// <summary>A run of its own with a finished teacher.</summary>
    private Recipe Finished(string teacher) => Recipe() with { Name = "fresh", Teacher = new TeachOptions { Sources = [teacher], Encoder = run.Encoder } };

    // Whether a stage ran, or was found done.
    private bool Did(string stage) => _messages.Exists(message => message.StartsWith($"{stage} ", StringComparison.Ordinal));

    private void Run(Recipe recipe) => FinishedRun.Run(recipe, Stage.Distill, messages: _messages);

    private void Again(Recipe recipe)
    {
        _messages.Clear();
        Run(recipe);
    }
}
