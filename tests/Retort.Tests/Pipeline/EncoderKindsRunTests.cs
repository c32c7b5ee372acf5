using Retort.Data;
using Retort.Pipeline;
using Retort.Runs;
using Retort.Signals;
using Retort.Students;
using Retort.Teachers;
using Retort.Teachers.Text;
using Retort.Tests.Distillation;
using Retort.Tests.Teachers;
using Retort.Training;
using Retort.Transfer.Augmentation;
using static TorchSharp.torch;

namespace Retort.Tests.Pipeline;

/// <summary>Each kind of encoder from fine-tuning to a student, and what is refused before anything is trained.</summary>
public sealed class EncoderKindsRunTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly List<string> _messages = [];

    public EncoderKindsRunTests()
    {
        File.WriteAllText(_folder["train.tsv"], Rows(0, 60));
        File.WriteAllText(_folder["dev.tsv"], Rows(60, 24));
        File.WriteAllText(_folder["test.tsv"], Rows(84, 30));
        TinyBert.Write(_folder["bert"]);
    }

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("distilbert", "vocab.txt")]
    [InlineData("roberta", "merges.txt")]
    [InlineData("albert", "spiece.model")]
    public void A_student_learns_from_each_kind_of_teacher_with_the_tokenizer_that_is_named(string model, string tokenizerFile)
    {
        Recipe recipe = Recipe(model) with { Student = ToyCorpus.Student with { Embeddings = "teacher", Tokenizer = _folder["bert"] } };
        RunResult result = Run(recipe, Stage.Distill);
        Assert.True(File.Exists(_folder[$"own/teacher/{tokenizerFile}"]));
        using Teacher teacher = Teacher.Load(_folder["own/teacher"], CPU);
        Assert.Equal(model, System.Text.Json.Nodes.JsonNode.Parse(File.ReadAllText(_folder["own/teacher/config.json"]))!["model_type"]!.ToString());
        Assert.All(result.Teachers, score => Assert.True(score.Accuracy >= 0.9, $"{score.Part} {score.Accuracy}"));
        Assert.Contains(_messages, message => message.StartsWith($"embeddings begin as those of {_folder["bert"]}", StringComparison.Ordinal));
        using Student student = Student.Load(_folder["own/students/seed-1"], CPU);
        Assert.Contains("good", Enumerable.Range(0, student.Encoder.Tokenizer.Vocabulary.Count).Select(id => student.Encoder.Tokenizer.Vocabulary[id]));
        Assert.True(result.Students[0].Training.Best.Accuracy >= 0.9);

        // As a finished teacher it says the same, from the same cache.
        Recipe finished = recipe with { Name = "again", Teacher = new TeachOptions { Sources = [_folder["own/teacher"]] }, Labelling = recipe.Labelling with { Cache = _folder["own/signals"] } };
        Assert.Equal(0, Run(finished, Stage.Label).Labelling!.Computed);
        _messages.Clear();
        Run(recipe, Stage.Distill);
        Assert.DoesNotContain(_messages, message => message.Contains(" runs", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("bert", "roberta")]
    [InlineData("roberta", "albert")]
    [InlineData("albert", "distilbert")]
    public void A_teacher_that_takes_the_place_of_another_kind_keeps_none_of_its_tokenizer(string first, string second)
    {
        foreach (string kind in (string[])[first, second])
        {
            Recipe recipe = Recipe(kind == "bert" ? "distilbert" : kind);
            Run(recipe with { Teacher = recipe.Teacher with { Encoder = kind == "bert" ? _folder["bert"] : recipe.Teacher.Encoder, Epochs = 1 } }, Stage.Teach);
        }
        using Teacher teacher = Teacher.Load(_folder["own/teacher"], CPU);
        Assert.Equal(TextTokenizer.Load(GoldenEncoders.Place(second)).Fingerprint, TextTokenizer.Load(_folder["own/teacher"]).Fingerprint);
    }

    [Fact]
    public void Another_tokenizer_beside_the_same_weights_teaches_anew()
    {
        CopyFolder(GoldenEncoders.Place("roberta"), _folder["roberta"]);
        Recipe recipe = Recipe("roberta");
        recipe = recipe with { Teacher = recipe.Teacher with { Encoder = _folder["roberta"], Epochs = 1 } };
        Run(recipe, Stage.Teach);
        File.WriteAllText(_folder["roberta/tokenizer_config.json"], """{"add_prefix_space": true}""");
        _messages.Clear();
        Run(recipe, Stage.Teach);
        Assert.Contains("teach runs: tokenizer changed", _messages);
    }

    [Fact]
    public void A_named_tokenizer_without_weights_is_refused_before_the_teacher_is_trained()
    {
        CopyFolder(_folder["bert"], _folder["bare"]);
        File.Delete(_folder["bare/model.safetensors"]);
        Recipe recipe = Recipe("distilbert") with { Student = ToyCorpus.Student with { Tokenizer = _folder["bare"] } };
        Assert.Contains("has no model.safetensors", Assert.Throws<UsageException>(() => Run(recipe, Stage.Distill)).Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder["own/teacher"]));
    }

    [Fact]
    public void A_distilbert_gives_the_student_its_own_tokenizer()
    {
        Run(Recipe("distilbert"), Stage.Distill);
        Assert.Contains(_messages, message => message.StartsWith("embeddings begin as the teacher's, ", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("roberta", "byte-level BPE")]
    [InlineData("albert", "SentencePiece")]
    public void A_teacher_without_WordPiece_is_refused_before_it_is_trained(string model, string name)
    {
        var error = Assert.Throws<UsageException>(() => Run(Recipe(model), Stage.Distill));
        Assert.Equal("student.tokenizer", error.Key);
        Assert.Contains($"student.tokenizer is teacher, and the teacher fine_tuned reads text with {name}, and a student reads WordPiece: set student.tokenizer", error.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder["own/teacher"]));
        // What needs no student needs no tokenizer for one.
        Run(Recipe(model), Stage.Label);
        Assert.True(File.Exists(_folder["own/teacher/model.safetensors"]));
    }

    [Fact]
    public void A_tokenizer_that_is_named_must_be_WordPiece()
    {
        string roberta = GoldenEncoders.Place("roberta");
        Recipe recipe = Recipe("distilbert") with { Student = ToyCorpus.Student with { Tokenizer = roberta } };
        var error = Assert.Throws<UsageException>(() => Run(recipe, Stage.Distill));
        Assert.Contains($"student.tokenizer is {roberta}, which reads text with byte-level BPE", error.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder["own/teacher"]));
    }

    [Fact]
    public void Texts_are_made_with_the_named_tokenizer_and_never_predicted_by_a_distilbert()
    {
        Recipe recipe = Recipe("roberta") with
        {
            Student = ToyCorpus.Student with { Tokenizer = _folder["bert"] },
            Augmentation = new AugmentationOptions { Copies = 1, Mask = 0.3, Replace = 0 },
        };
        Assert.True(Run(recipe, Stage.Augment).Augmentation!.Kept > 0);
        Recipe predicting = Recipe("distilbert") with { Augmentation = new AugmentationOptions { Copies = 1, Predict = 0.3 } };
        var error = Assert.Throws<UsageException>(() => Run(predicting, Stage.Label));
        Assert.Equal("augmentation.predict", error.Key);
        Assert.False(Directory.Exists(_folder["own/teacher"]));
    }

    [Fact]
    public void An_encoder_that_nothing_reads_is_no_option()
    {
        string yaml = $"student: {{tokenizer: {_folder["bert"]}}}\nteacher: {{sources: [a.tsv], encoder: minilm}}\n";
        var error = Assert.Throws<UsageException>(() => Retort.Pipeline.Recipe.Parse(yaml, "r.yaml"));
        Assert.Contains("teacher.encoder has no effect while student.tokenizer is set, and teacher.sources does not name fine_tuned", error.Message, StringComparison.Ordinal);
    }

    private static void CopyFolder(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (string file in Directory.GetFiles(from))
            File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
    }

    private Recipe Recipe(string model) => new()
    {
        Name = "own",
        Runs = _folder.Path,
        Data = new DataOptions { Train = _folder["train.tsv"], Dev = _folder["dev.tsv"], Test = _folder["test.tsv"] },
        Teacher = new TeachOptions { Encoder = GoldenEncoders.Place(model), MaxLength = 20, Epochs = 10, BatchSize = 8, LearningRate = 5e-3, Dropout = 0 },
        Labelling = new LabelOptions { BatchTokens = 256, ShardSize = 50 },
        Student = ToyCorpus.Student with { Embeddings = "teacher" },
        Distillation = ToyCorpus.Options with { Seeds = [1], Epochs = 6 },
        Machine = new MachineOptions { Device = DeviceChoice.Cpu, Threads = 1 },
    };

    private RunResult Run(Recipe recipe, Stage to) => FinishedRun.Run(recipe, to, messages: _messages);

    private static string Rows(int start, int count) => "text\tlabel\n" + string.Concat(Enumerable.Range(start, count)
        .Select(k => $"{ToyCorpus.Text(k)}\t{ToyCorpus.Labels[ToyCorpus.Class(k)]}\n"));
}
