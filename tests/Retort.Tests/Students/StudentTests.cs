using System.Text;
using Retort.Data;
using Retort.Runs;
using Retort.Runtime.Model;
using Retort.Runtime.Text;
using Retort.Students;
using static TorchSharp.torch;

namespace Retort.Tests.Students;

public sealed class StudentTests : IDisposable
{
    internal static readonly string[] Texts =
    [
        "a good film", "a bad film", "unbelievably good", "", "the badness of film", "goodness! the film (a film) is good", "zzz",
    ];

    private static readonly StudentOptions Small = new()
    {
        Filters = 6,
        EmbeddingWidth = 8,
        NgramBuckets = 64,
        NgramWidth = 4,
        Embeddings = "random",
    };

    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> Variants => [.. Options.Keys];

    internal static Dictionary<string, StudentOptions> Options { get; } = new()
    {
        ["random"] = Small,
        ["teacher"] = Small with { Embeddings = "teacher" },
        ["relu, mean, hidden"] = Small with { Activation = Activation.Relu, Pooling = Pooling.MaxMean, HiddenWidth = 5 },
        ["some n-grams"] = Small with { MinNgramCount = 1 },
        ["no n-grams"] = Small with { Embeddings = "teacher", NgramBuckets = 0, Windows = [2] },
    };

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Variants))]
    public void A_student_answers_the_same_after_it_was_saved_and_loaded(string variant)
    {
        using var scope = NewDisposeScope();
        using Student student = Build(Options[variant]);
        student.Temperature = 1.75;
        student.Save(_folder["student"]);
        using Student loaded = Student.Load(_folder["student"], CPU);
        float[] expected = Values(student), actual = Values(loaded);
        for (int k = 0; k < expected.Length; k++)
            Assert.Equal(expected[k], actual[k], 1e-5);
        Assert.Equal(0, loaded.Module.Shape.SourceWidth);
        Assert.Equal(1.75, loaded.Temperature);
        Assert.Equal(["bad", "good"], loaded.Labels.Names);
        Assert.Equal(TaskKind.SingleLabel, loaded.Kind);
        Assert.Equal(student.Encoder.Encode(Texts[5]), loaded.Encoder.Encode(Texts[5]));
    }

    [Fact]
    public void Saving_again_takes_the_place_of_the_older_student_and_leaves_nothing_else()
    {
        using var scope = NewDisposeScope();
        using Student student = Build(Small), other = Build(Small, seed: 9);
        student.Save(_folder["student"]);
        other.Save(_folder["student"]);
        using Student loaded = Student.Load(_folder["student"], CPU);
        Assert.Equal(Values(other), Values(loaded));
        Assert.Equal([_folder["student"]], Directory.GetFileSystemEntries(_folder.Path));
        Assert.Equal(["config.json", "model.safetensors", "vocab.txt"],
            Directory.GetFiles(_folder["student"]).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_folder_that_is_no_student_is_not_replaced()
    {
        using var scope = NewDisposeScope();
        using Student student = Build(Small);
        Directory.CreateDirectory(_folder["thesis"]);
        _folder.Write("thesis/chapter1.txt", "years of work");
        var error = Assert.Throws<RetortException>(() => student.Save(_folder["thesis"]));
        Assert.Contains("no student", error.Message, StringComparison.Ordinal);
        Assert.True(File.Exists(_folder["thesis/chapter1.txt"]));
        Assert.Single(Directory.GetFileSystemEntries(_folder.Path));
    }

    [Theory]
    [InlineData("config.json", "\"format_version\": 2", "\"format_version\": 1", "format_version is 1")]
    [InlineData("config.json", "\"filters\": 6", "\"filters\": 7", "convolution.3.weight")]
    [InlineData("config.json", "\"filters\": 6", "\"filters\": -6", "shape.filters is -6")]
    [InlineData("config.json", "\"vocabulary_size\": 11", "\"vocabulary_size\": 12", "vocab.txt has 11 tokens")]
    [InlineData("config.json", "\"temperature\": 1", "\"temperature\": 0", "temperature is 0")]
    [InlineData("config.json", "\"shape\":", "\"shop\":", "shape")]
    [InlineData("config.json", "\"1\": \"good\"", "\"2\": \"good\"", "lacks the class 1")]
    [InlineData("config.json", "\"activation\": \"gated\"", "\"activation\": \"tanh\"", "activation")]
    [InlineData("config.json", "retort-textcnn", "bert", "model_type is 'bert'")]
    [InlineData("config.json", "{", "[", "config.json")]
    [InlineData("vocab.txt", "good", "evil", "vocab.txt is not the file")]
    [InlineData("model.safetensors", "hidden", "HIDDEN", "model.safetensors is not the file")]
    public void Damage_is_named(string file, string found, string replacement, string said)
    {
        using var scope = NewDisposeScope();
        using (Student student = Build(Small with { HiddenWidth = 4 }))
            student.Save(_folder["student"]);
        string path = _folder[$"student/{file}"];
        string content = File.ReadAllText(path, Encoding.Latin1);
        Assert.Contains(found, content, StringComparison.Ordinal);
        int at = content.IndexOf(found, StringComparison.Ordinal);
        File.WriteAllText(path, content[..at] + replacement + content[(at + found.Length)..], Encoding.Latin1);
        var error = Assert.Throws<RetortException>(() => Student.Load(_folder["student"], CPU));
        Assert.Contains(said, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_without_a_config_is_refused()
    {
        var error = Assert.Throws<RetortException>(() => Student.Load(_folder.Path, CPU));
        Assert.Contains("config.json", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Logits_stand_in_the_order_of_the_texts()
    {
        using var scope = NewDisposeScope();
        using Student student = Build(Small with { Embeddings = "teacher" });
        var table = student.Logits(Texts, TestContext.Current.CancellationToken);
        for (int k = 0; k < Texts.Length; k++)
        {
            float[] alone = student.Logits([Texts[k]], TestContext.Current.CancellationToken).Values;
            for (int c = 0; c < 2; c++)
                Assert.Equal(alone[c], table.Row(k)[c], 1e-5);
        }
        Assert.Equal(0, student.Logits(Array.Empty<string>(), TestContext.Current.CancellationToken).Count);
    }

    [Fact]
    public void A_student_that_has_diverged_is_told_with_a_cure()
    {
        using var scope = NewDisposeScope();
        using Student student = Build(Small);
        using (no_grad())
            student.Module.named_parameters().Single(p => p.name == "classifier.weight").parameter.fill_(float.NaN);
        var error = Assert.Throws<RetortException>(() => student.Logits(["x", "y"], TestContext.Current.CancellationToken));
        Assert.Equal("the student's logits of text 0 of 2 are not finite, since its training has diverged: expected finite ones; "
            + "lower distillation.learning_rate, or set distillation.clip_norm to 1", error.Message);
    }

    [Fact]
    public void Embeddings_of_the_teacher_are_taken_by_its_ids()
    {
        using var scope = NewDisposeScope();
        using Student student = Build(Small with { Embeddings = "teacher" });
        Tensor embedding = student.Module.state_dict()["embedding.weight"];
        WordPieceTokenizer teacher = Teacher();
        Vocabulary tokens = student.Encoder.Tokenizer.Vocabulary;
        for (int id = 0; id < tokens.Count; id++)
        {
            Assert.True(teacher.Vocabulary.TryGetId(tokens[id], out int teacherId));
            Assert.Equal(teacherId, embedding[id, 0].item<float>());
            Assert.Equal(-teacherId, embedding[id, 1].item<float>());
        }
    }

    [Theory]
    [InlineData(8, 0)]
    [InlineData(3, 3)]
    public void Word_vectors_are_taken_by_their_words(int width, int sourceWidth)
    {
        using var scope = NewDisposeScope();
        string Line(string word, int value) => word + string.Concat(Enumerable.Repeat($" {value}", width)) + "\n";
        string file = _folder.Write("vectors.txt", Line("good", 3) + Line("other", 4) + Line("film", 5));
        using StudentBlueprint blueprint = Draw(Small with { Embeddings = file });
        Assert.Contains("2 of 11 tokens", blueprint.EmbeddingNote, StringComparison.Ordinal);
        Assert.Equal(sourceWidth, blueprint.Shape.SourceWidth);
        using Student student = blueprint.Build(1, CPU);
        Tensor embedding = student.Module.state_dict()["embedding.weight"];
        Vocabulary tokens = student.Encoder.Tokenizer.Vocabulary;
        for (int id = 0; id < tokens.Count; id++)
        {
            float[] row = embedding[id].data<float>().ToArray();
            if (tokens[id] is "good" or "film")
                Assert.All(row, value => Assert.Equal(tokens[id] == "good" ? 3 : 5, value));
            else
                Assert.All(row, value => Assert.InRange(Math.Abs(value), 1e-9, 0.25));
        }
    }

    [Fact]
    public void Embeddings_of_a_teacher_without_any_are_a_usage_error()
    {
        var error = Assert.Throws<UsageException>(() => StudentBlueprint.Draw(
            Small with { Embeddings = "teacher" }, Teacher(), null, Texts,
            new LabelSet(["bad", "good"]), TaskKind.SingleLabel, TestContext.Current.CancellationToken));
        Assert.Equal("student.embeddings", error.Key);
    }

    [Fact]
    public void Buckets_of_n_grams_that_the_texts_come_to_often_enough_have_a_row()
    {
        StudentOptions options = Small with { NgramBuckets = 24 };
        using StudentBlueprint all = Draw(options), once = Draw(options with { MinNgramCount = 1 }), twice = Draw(options with { MinNgramCount = 2 });
        int[][] texts = all.Encoder.EncodeAll(["a good film", "the film is bad!", "goodness (of) un"], TestContext.Current.CancellationToken);
        long[] used =
        [
            .. texts.SelectMany(ids => Enumerable.Range(1, ids.Length - 1).Select(k => NgramHash.Bigram(ids[k - 1], ids[k], 24))),
            .. texts.SelectMany(ids => Enumerable.Range(2, ids.Length - 2).Select(k => NgramHash.Trigram(ids[k - 2], ids[k - 1], ids[k], 24))),
        ];
        long[] repeated = [.. used.GroupBy(bucket => bucket).Where(group => group.Count() > 1).Select(group => group.Key)];
        Assert.Equal((null, used.Distinct().Count(), repeated.Length), (all.Shape.NgramRows, once.Shape.NgramRows, twice.Shape.NgramRows));
        Assert.InRange(repeated.Length, 1, used.Length - 1);
        using Student student = once.Build(1, CPU);
        Assert.All(Enumerable.Range(0, 24), bucket => Assert.Equal(used.Contains(bucket), student.Module.Ngrams![bucket] != NgramIndex.None));
    }

    [Fact]
    public void More_uses_of_a_bucket_than_any_has_are_a_usage_error()
    {
        var error = Assert.Throws<UsageException>(() => Draw(Small with { MinNgramCount = 100 }));
        Assert.Equal("student.min_ngram_count", error.Key);
        Assert.Contains("to no bucket of n-grams more than", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_blueprint_builds_the_same_student_for_a_seed()
    {
        using var scope = NewDisposeScope();
        using StudentBlueprint blueprint = Draw(Small);
        using Student a = blueprint.Build(3, CPU), b = blueprint.Build(3, CPU), c = blueprint.Build(4, CPU);
        Assert.Equal(Values(a), Values(b));
        Assert.NotEqual(Values(a), Values(c));
    }

    internal static WordPieceTokenizer Teacher() => new(new Vocabulary(
    [
        "[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "!", "a", "bad", "film", "good", "is", "of", "the", "un",
        "##believ", "##ably", "##ness", "never",
    ]));

    private static StudentBlueprint Draw(StudentOptions options)
    {
        WordPieceTokenizer teacher = Teacher();
        Tensor ids = arange(teacher.Vocabulary.Count, dtype: float32).unsqueeze(1);
        Tensor embeddings = cat([ids, -ids, ids.square(), ids.sin()], 1);
        return StudentBlueprint.Draw(options, teacher, embeddings, ["a good film", "the film is bad!", "goodness (of) un"],
            new LabelSet(["bad", "good"]), TaskKind.SingleLabel);
    }

    private static float[] Values(Student student) =>
        student.Logits(Texts, TestContext.Current.CancellationToken).Values;

    internal static Student Build(StudentOptions options, long seed = 1)
    {
        using StudentBlueprint blueprint = Draw(options);
        return blueprint.Build(seed, CPU);
    }
}
