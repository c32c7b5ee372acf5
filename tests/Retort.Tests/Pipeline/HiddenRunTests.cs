using Google.Protobuf;
using Retort.Distillation;
using Retort.Distillation.Alignment;
using Retort.Evaluation;
using Retort.Export;
using Retort.Onnx;
using Retort.Onnx.Schema;
using Retort.Pipeline;
using Retort.Runs;
using Retort.Signals.Intermediate;
using Retort.Teachers;
using Retort.Tests.Onnx;
using TorchSharp;

namespace Retort.Tests.Pipeline;

/// <summary>Runs whose students are aligned with the teacher's pooled states.</summary>
[Collection(FinishedRunTests.Name)]
public sealed class HiddenRunTests(FinishedRun run) : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly List<string> _messages = [];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Students_with_the_teacher_are_aligned_and_what_is_saved_is_a_plain_student()
    {
        Recipe recipe = Recipe(new() { Projection = Projection.Adaptive });
        RunResult result = Run(recipe, Stage.Evaluate);
        Assert.Equal(["evaluate", "students/seed-1", "students/seed-2"], Ran());
        string[] looks = [.. _messages.Where(message => message.Contains("; soft_label ", StringComparison.Ordinal))];
        Assert.NotEmpty(looks);
        Assert.All(looks, look => Assert.Matches(@"soft_label \d+\.\d{4} \(weight 1, gradient \d[0-9.]*\), hidden \d+\.\d{4} \(weight 0\.5, gradient \d[0-9.]*, cosine -?[01]\.\d\d\)", look));
        Assert.True(Hidden(looks[^1]) < Hidden(looks[0]), $"{looks[0]} … {looks[^1]}");
        foreach (int seed in recipe.Distillation.Seeds)
        {
            string aligned = _folder[$"tiny/students/seed-{seed}/model.safetensors"], plain = Path.Combine(run.Result.Folder, $"students/seed-{seed}/model.safetensors");
            Assert.NotEqual(ContentHash.OfFile(plain), ContentHash.OfFile(aligned));
            Assert.Equal(new FileInfo(plain).Length, new FileInfo(aligned).Length);
        }
        Assert.Equal(2, result.Report!.Models.Count(model => model.Role == Role.Student));

        Again(recipe, Stage.Evaluate);
        Assert.Empty(Ran());
        Again(recipe with { Hidden = new() { Loss = HiddenLoss.Similarity } }, Stage.Distill);
        Assert.Equal(["students/seed-1", "students/seed-2"], Ran());
    }

    [Theory]
    [InlineData(TermWeights.Uncertainty, ", log_variance ", FeatureWeights.None)]
    [InlineData(TermWeights.GradientCosine, ", hidden ", FeatureWeights.None)]
    [InlineData(TermWeights.Fixed, ", hidden ", FeatureWeights.Gradient)]
    public void Weights_that_change_are_resumed_with_the_training(TermWeights weights, string shown, FeatureWeights features)
    {
        Recipe recipe = Recipe(new() { FeatureWeights = features, Direction = features == FeatureWeights.None ? AlignmentDirection.StudentToTeacher : AlignmentDirection.TeacherToStudent });
        recipe = recipe with { Distillation = recipe.Distillation with { TermWeights = weights, Seeds = [1] } };
        Run(recipe, Stage.Distill);
        Assert.Contains(_messages, message => message.Contains(shown, StringComparison.Ordinal));
        Assert.DoesNotContain(_messages, message => message.Contains("log_variance is", StringComparison.Ordinal));
        string model = _folder["tiny/students/seed-1/model.safetensors"], whole = ContentHash.OfFile(model);
        Assert.NotEqual(ContentHash.OfFile(Path.Combine(run.Result.Folder, "students/seed-1/model.safetensors")), whole);
        Again(recipe with { Distillation = recipe.Distillation with { TermWeights = TermWeights.Fixed }, Hidden = recipe.Hidden with { FeatureWeights = FeatureWeights.None } }, Stage.Distill);
        Assert.NotEqual(ContentHash.OfFile(model), whole);
        Again(recipe, Stage.Distill);
        Assert.Equal(ContentHash.OfFile(model), whole);
        using var stop = new CancellationTokenSource();
        Assert.ThrowsAny<OperationCanceledException>(() => RunPipeline.Run(recipe,
            new() { Offline = true }, Stage.Distill, Stage.Distill, "", new Watcher(report =>
            {
                if (report is { Stage: "distill", Done: 20 })
                    stop.Cancel();
            }), stop.Token));
        Again(recipe, Stage.Distill, Stage.Distill);
        Assert.Contains(_messages, message => message.StartsWith("resuming at step 2", StringComparison.Ordinal));
        Assert.Equal(whole, ContentHash.OfFile(model));
    }

    [Theory]
    [InlineData("fine_tuned")]
    [InlineData("folder")]
    [InlineData("onnx")]
    public void Without_a_projection_the_widths_must_be_one_which_is_told_before_anything_is_taught_or_labelled(string teacher)
    {
        Recipe recipe = Recipe(new() { Projection = Projection.None }) with { Name = "fresh" };
        if (teacher != "fine_tuned")
            recipe = recipe with { Teacher = new TeachOptions { Sources = [teacher == "onnx" ? Onnx() : Path.Combine(run.Result.Folder, "teacher")], Encoder = run.Encoder } };
        var error = Assert.Throws<UsageException>(() => Run(recipe, Stage.Distill));
        Assert.Equal("hidden.projection", error.Key);
        Assert.StartsWith("hidden.projection is none, and the student has 20 pooled features, the teacher's states 16", error.Message, StringComparison.Ordinal);
        Assert.Empty(Worked());
        Assert.False(Directory.Exists(_folder["fresh/teacher"]));
    }

    [Fact]
    public void A_number_that_is_the_last_layers_asks_for_what_stands_among_the_signals()
    {
        Recipe recipe = Recipe(new());
        recipe = recipe with { Distillation = recipe.Distillation with { Seeds = [1] } };
        Run(recipe, Stage.Distill);
        string model = _folder["tiny/students/seed-1/model.safetensors"], last = ContentHash.OfFile(model);
        Again(recipe with { Hidden = new() { Layers = [2] } }, Stage.Distill);
        Assert.Equal(["students/seed-1"], Ran());
        Assert.DoesNotContain(_messages, message => message.Contains("intermediate signals", StringComparison.Ordinal));
        Assert.Equal(last, ContentHash.OfFile(model));
        Again(recipe with { Hidden = new() { Layers = [-2] } }, Stage.Distill);
        Assert.Contains(_messages, message => message.StartsWith("intermediate signals of 60 texts", StringComparison.Ordinal));
        Assert.NotEqual(last, ContentHash.OfFile(model));

        var error = Assert.Throws<UsageException>(() => Run(recipe with { Hidden = new() { Layers = [2] }, Intermediate = new() { Precision = IntermediatePrecision.Int8 } }, Stage.Distill));
        Assert.Equal("intermediate.precision has no effect while distillation.token_hidden_weight and distillation.attention_weight are 0, and hidden.layers names the last alone (2): "
            + "remove it, or change the other option", error.Message);
    }

    [Fact]
    public void Of_an_ONNX_teacher_a_layer_is_not_to_be_had_by_its_number()
    {
        Recipe recipe = Recipe(new() { Layers = [2] }) with { Name = "fresh", Teacher = new TeachOptions { Sources = [Onnx()], Encoder = run.Encoder } };
        var error = Assert.Throws<UsageException>(() => Run(recipe, Stage.Distill));
        Assert.Equal("hidden.layers", error.Key);
        Assert.StartsWith("hidden.layers names others than -1 (the last), and no teacher can be looked into: expected fine_tuned", error.Message, StringComparison.Ordinal);
        Assert.Empty(Worked());
    }

    [Fact]
    public void An_ONNX_teacher_gives_states_where_its_file_has_them()
    {
        string folder = Onnx(), model = _folder["onnx/model.onnx"];
        Recipe recipe = run.Recipe with
        {
            Runs = _folder.Path,
            Results = "",
            Teacher = new TeachOptions { Sources = [folder], Encoder = run.Encoder },
            Distillation = run.Recipe.Distillation with { HiddenWeight = 1, Seeds = [1] },
        };
        Run(recipe, Stage.Distill);
        Assert.Contains(_messages, message => message.Contains(", hidden ", StringComparison.Ordinal));

        ModelProto proto = ModelProto.Parser.ParseFrom(File.ReadAllBytes(model));
        proto.MetadataProps.Clear();
        TinyOnnx.Without(TensorNames.States)(proto);
        File.WriteAllBytes(model, proto.ToByteArray());
        File.WriteAllText(_folder["onnx/config.json"], """{"max_position_embeddings": 24, "id2label": {"0": "bad", "1": "good"}}""");
        _messages.Clear();
        var error = Assert.Throws<UsageException>(() => Run(recipe with { Name = "fresh" }, Stage.Distill));
        Assert.Empty(Worked());
        Assert.Equal("distillation.hidden_weight", error.Key);
        Assert.Equal("distillation.hidden_weight is above 0, and no teacher stores pooled states: expected a teacher that gives pooled states, or a weight of 0", error.Message);
    }

    [Theory]
    [InlineData("distillation:\n  hidden_weight: 1\nsignals:\n  pooled_state: none", "distillation.hidden_weight is above 0, and signals.pooled_state is none: expected a teacher that is a model, with signals.pooled_state mean or cls; or 0")]
    [InlineData("distillation:\n  hidden_weight: 1\nteacher:\n  sources: t.tsv", "distillation.hidden_weight is above 0, and teacher.sources names no model: expected")]
    [InlineData("distillation:\n  hidden_weight: -1", "distillation.hidden_weight is -1: expected a number of at least 0")]
    [InlineData("distillation:\n  hidden_weight: 1\nfractionation:\n  scores: [uncertainty]\n  schedule: rounds", "fractionation.schedule is rounds, which labels what is chosen and no more, and distillation.hidden_weight is above 0")]
    [InlineData("distillation:\n  term_weights: uncertainty", "distillation.term_weights has no effect while the objective has one term")]
    [InlineData("distillation:\n  hidden_weight: 1\n  term_weights: learned", "distillation.term_weights is 'learned': expected one of fixed, uncertainty, gradient_cosine")]
    [InlineData("hidden:\n  loss: cosine", "hidden.loss has no effect while distillation.hidden_weight is 0")]
    [InlineData("hidden:\n  projection: adaptive", "hidden.projection has no effect while distillation.hidden_weight is 0")]
    [InlineData("distillation:\n  hidden_weight: 1\nhidden:\n  loss: similarity\n  projection: adaptive", "hidden.projection has no effect while hidden.loss is similarity")]
    [InlineData("distillation:\n  hidden_weight: 1\nhidden:\n  loss: similarity\n  direction: teacher_to_student", "hidden.direction has no effect while hidden.loss is similarity")]
    [InlineData("distillation:\n  hidden_weight: 1\nhidden:\n  projection: none\n  learning_rate: 0.1", "hidden.learning_rate has no effect while hidden.projection is none")]
    [InlineData("distillation:\n  hidden_weight: 1\nhidden:\n  feature_weights: gradient", "hidden.feature_weights is gradient, which weighs the student's features, and with hidden.direction student_to_teacher it is the teacher's that are compared")]
    [InlineData("distillation:\n  hidden_weight: 1\nhidden:\n  loss: cosine\n  direction: teacher_to_student\n  feature_weights: gradient", "hidden.feature_weights has no effect while hidden.loss is cosine")]
    [InlineData("distillation:\n  hidden_weight: 1\nhidden:\n  temperature: 0.2", "hidden.temperature has no effect while hidden.loss is mse")]
    [InlineData("distillation:\n  hidden_weight: 1\nhidden:\n  loss: contrastive\n  temperature: 0", "hidden.temperature is 0: expected a number above 0")]
    [InlineData("distillation:\n  hidden_weight: 1\nhidden:\n  loss: l1", "hidden.loss is 'l1': expected one of mse, cosine, similarity, contrastive")]
    public void A_recipe_that_cannot_be_is_refused(string yaml, string message)
    {
        var error = Assert.Throws<UsageException>(() => Retort.Pipeline.Recipe.Parse(yaml + "\n", "r.yaml"));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    private static double Hidden(string look) => double.Parse(look[(look.IndexOf("hidden ", StringComparison.Ordinal) + 7)..].Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture);

    private Recipe Recipe(HiddenOptions options)
    {
        Recipe recipe = run.CopyTo(_folder);
        return recipe with { Hidden = options, Distillation = recipe.Distillation with { HiddenWeight = 0.5 } };
    }

    /// <summary>A folder with the finished run's teacher as an ONNX model.</summary>
    private string Onnx()
    {
        string teacher = Path.Combine(run.Result.Folder, "teacher");
        Directory.CreateDirectory(_folder["onnx"]);
        OnnxExport.Run(teacher, _folder["onnx/model.onnx"], ["a good film", "bad"], torch.CPU);
        File.Copy(Path.Combine(teacher, "vocab.txt"), _folder["onnx/vocab.txt"]);
        return _folder["onnx"];
    }

    // That a teacher was taught or labelled.
    private string[] Worked() => [.. _messages.Where(message => message.StartsWith("teach ", StringComparison.Ordinal) || message.StartsWith("label ", StringComparison.Ordinal))];

    private RunResult Run(Recipe recipe, Stage to) => FinishedRun.Run(recipe, to, messages: _messages);

    private void Again(Recipe recipe, Stage to, Stage? from = null)
    {
        _messages.Clear();
        FinishedRun.Run(recipe, to, from, messages: _messages);
    }

    private string[] Ran() => [.. _messages.Where(message => message.Contains(" runs", StringComparison.Ordinal))
        .Select(message => message[..message.IndexOf(" runs", StringComparison.Ordinal)]).Order(StringComparer.Ordinal)];
}
