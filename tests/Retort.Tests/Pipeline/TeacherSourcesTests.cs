using System.Globalization;
using Retort.Data;
using Retort.Evaluation;
using Retort.Export;
using Retort.Pipeline;
using Retort.Reports;
using Retort.Runs;
using Retort.Signals;
using Retort.Teachers;
using Retort.Tests.Distillation;

namespace Retort.Tests.Pipeline;

/// <summary>Teachers that are files, commands, or several.</summary>
[Collection(FinishedRunTests.Name)]
public sealed class TeacherSourcesTests(FinishedRun run) : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly List<string> _messages = [];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_file_of_logits_teaches_without_a_teachers_row_where_it_does_not_know_test()
    {
        WriteLogits("t.train.tsv", 0, 60);
        WriteLogits("t.dev.tsv", 60, 24);
        RunResult result = Run(Recipe(_folder["t.*.tsv"]), Stage.Evaluate);
        TeacherScore score = Assert.Single(result.Teachers);
        Assert.Equal(("t.*.tsv", "dev", 24, 1.0), (score.Name, score.Part, score.Texts, score.Accuracy));
        Assert.Equal(["student", "student-without-teacher"], result.Report!.Models.Select(model => model.Role.Name()));
        ModelReport student = result.Report.Models[0];
        Assert.True(student.Test.Accuracy >= 0.9, $"{student.Test.Accuracy}");
        Assert.True(student.Dev.Agreement >= 0.9);
        Assert.Null(student.Test.Agreement);
        Assert.Contains(_messages, message => message.StartsWith("embeddings begin as the teacher's", StringComparison.Ordinal));
        Assert.False(Directory.Exists(_folder["own/teacher"]));
    }

    [Fact]
    public void A_file_that_lacks_texts_of_train_is_refused_before_the_student_is_trained()
    {
        File.WriteAllText(_folder["t.csv"], "text,logits_0,logits_1\n" + Lines(3, 81, ','));
        var error = Assert.Throws<RetortException>(() => Run(Recipe(_folder["t.csv"]), Stage.Distill));
        Assert.Contains($"3 of 60 texts of train have no signal of t.csv, the first: '{ToyCorpus.Text(0)}'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void First_asks_a_model_only_for_what_a_file_does_not_know()
    {
        WriteLogits("t.train.tsv", 0, 60);
        Recipe recipe = Recipe(_folder["t.*.tsv"], TeacherOfTheRun, Combination.First);
        RunResult result = Run(recipe, Stage.Evaluate);
        Assert.Equal(60 + 24 + 30, result.Labelling!.Computed);
        Assert.Equal(["t.*.tsv on train", "teacher on dev", "teacher on test", "all, first on dev", "all, first on test"],
            result.Teachers.Select(score => $"{score.Name} on {score.Part}"));
        Assert.Equal(["teacher", "student", "student-without-teacher"], result.Report!.Models.Select(model => model.Role.Name()));
        Assert.Null(result.Report.Models[0].Latency);
        _messages.Clear();
        Run(recipe, Stage.Evaluate);
        Assert.DoesNotContain(_messages, message => message.Contains(" runs", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(Combination.MeanProbabilities)]
    [InlineData(Combination.Learned)]
    [InlineData(Combination.Correctness)]
    public void Several_teachers_become_one(Combination combination)
    {
        WriteLogits("t.train.tsv", 0, 60);
        WriteLogits("t.dev.tsv", 60, 24);
        WriteLogits("t.test.tsv", 84, 30);
        RunResult result = Run(Recipe(_folder["t.*.tsv"], TeacherOfTheRun, combination), Stage.Evaluate);
        ModelReport together = result.Report!.Models[0];
        Assert.Equal(Role.Teacher, together.Role);
        Assert.True(together.Test.Accuracy >= 0.9);
        Assert.Equal(result.Teachers.Single(score => score.Name.StartsWith("all, ", StringComparison.Ordinal) && score.Part == "test").Accuracy,
            together.Test.Accuracy!.Value, 1e-9);
        Assert.True(result.Report.Models[1].Test.Agreement >= 0.9);
    }

    [Fact]
    public void A_teacher_that_is_no_better_than_the_majority_class_is_refused_unless_it_is_forced()
    {
        WriteLogits("t.train.tsv", 0, 60, constant: true);
        WriteLogits("t.dev.tsv", 60, 24, constant: true);
        Recipe recipe = Recipe(_folder["t.*.tsv"]);
        var error = Assert.Throws<RetortException>(() => Run(recipe, Stage.Label));
        Assert.Contains("the teacher t.*.tsv has macro-F1 0.3333 (accuracy 0.5000) on the 24 of 24 texts of dev", error.Message, StringComparison.Ordinal);
        Assert.Contains("--force", error.Message, StringComparison.Ordinal);
        Assert.Throws<RetortException>(() => Run(recipe, Stage.Label));
        Assert.NotNull(Run(recipe with { Teacher = recipe.Teacher with { AcceptWeak = true } }, Stage.Label).Labelling);
    }

    [Fact(Skip = "there is no /bin/sh here", SkipUnless = nameof(HasShell))]
    public void A_command_labels_every_text()
    {
        File.WriteAllText(_folder["t.sh"], """
            n=0
            while read -r line; do
              case "$line" in *good*) p=0.9;; *) p=0.1;; esac
              echo "{\"id\": $n, \"p\": {\"good\": $p, \"bad\": $(echo "1 $p" | awk '{print $1 - $2}')}}"
              n=$((n+1))
            done
            """);
        RunResult result = Run(Recipe($"command:sh {_folder["t.sh"]}"), Stage.Evaluate);
        Assert.Equal(1.0, result.Report!.Models[0].Test.Accuracy);
        Assert.Equal(114, result.Labelling!.Computed);
    }

    [Fact]
    public void Other_teachers_leave_the_student_without_teacher_as_it_is()
    {
        WriteLogits("t.train.tsv", 0, 60);
        Recipe recipe = Recipe(_folder["t.*.tsv"], TeacherOfTheRun, Combination.First);
        Run(recipe, Stage.Distill);
        _messages.Clear();
        recipe = recipe with
        {
            Teacher = recipe.Teacher with { Combine = Combination.Confidence },
            Distillation = recipe.Distillation with { SoftLabelLoss = Retort.Distillation.SoftLabelLoss.Kl, Temperature = 3 },
        };
        Run(recipe, Stage.Distill);
        Assert.Contains("students/seed-1-without-teacher is up to date", _messages);
        Assert.DoesNotContain("students/seed-1 is up to date", _messages);
    }

    [Fact]
    public void An_exported_teacher_teaches_as_the_folder_that_it_was_made_from()
    {
        Directory.CreateDirectory(_folder["onnx"]);
        OnnxExport.Run(TeacherOfTheRun, _folder["onnx/model.onnx"], ["a good film", "bad"], TorchSharp.torch.CPU);
        File.Copy(Path.Combine(TeacherOfTheRun, "vocab.txt"), _folder["onnx/vocab.txt"]);
        File.Copy(_folder["onnx/model.onnx"], _folder["onnx/other.onnx"]);
        RunResult result = Run(Recipe(_folder["onnx/model.onnx"]), Stage.Evaluate);
        Assert.Equal(run.Result.Report!.Models[0].Test.Accuracy, result.Report!.Models[0].Test.Accuracy);
        // Timed and weighed as a folder is; another model beside it is not counted.
        Assert.True(result.Report.Models[0].Latency!.P50 > 0);
        Assert.Equal(new FileInfo(_folder["onnx/model.onnx"]).Length + new FileInfo(_folder["onnx/vocab.txt"]).Length, result.Report.Models[0].Bytes);
        Assert.True(result.Report.Models[1].Test.Agreement >= 0.9);
        Assert.Contains(_messages, message => message.StartsWith("model.onnx: ONNX: logits is logits, by their values", StringComparison.Ordinal));
        Recipe other = Recipe(TeacherOfTheRun);
        var error = Assert.Throws<UsageException>(() => Run(other with { Labelling = other.Labelling with { OnnxOutput = OnnxOutput.Logits } }, Stage.Label));
        Assert.Equal("signals.onnx_output", error.Key);
    }

    [Fact]
    public void Real_teachers_of_hotel_reviews_are_together_better_than_the_better_one()
    {
        Recipe recipe = Real("shop_zh_hotel/dev.tsv", "shop_zh_hotel/test.tsv");
        recipe = recipe with
        {
            Data = recipe.Data with { DevFraction = 0.25 },
            Teacher = recipe.Teacher with
            {
                Sources = [TestPaths.Data("shop_zh_hotel/teacher_bert_a.dev.tsv"), TestPaths.Data("shop_zh_hotel/teacher_bert_b.dev.tsv")],
                Combine = Combination.DevAccuracy,
            },
        };
        TeacherScore[] scores = [.. Run(recipe, Stage.Label).Teachers];
        Assert.Equal([2000, 2000, 2000], scores.Select(score => score.Texts));
        Assert.InRange(scores[0].Accuracy, 0.85, 0.9);
        Assert.True(scores[2].Accuracy > scores[0].Accuracy && scores[0].Accuracy > scores[1].Accuracy);
    }

    [Fact]
    public void A_real_teacher_that_learnt_nothing_is_refused()
    {
        Recipe recipe = Real("formspring_albert/train.tsv", "formspring_albert/test.tsv");
        recipe = recipe with { Teacher = recipe.Teacher with { Sources = [TestPaths.Data("formspring_albert/teacher_albert_base.test.tsv").Replace(".test.", ".*.", StringComparison.Ordinal)] } };
        var error = Assert.Throws<RetortException>(() => Run(recipe, Stage.Label));
        Assert.Contains("texts of test", error.Message, StringComparison.Ordinal);
    }

    public static bool HasShell => File.Exists("/bin/sh");

    private string TeacherOfTheRun => Path.Combine(run.Result.Folder, "teacher");

    private Recipe Recipe(string source, string? other = null, Combination combination = default) => run.Recipe with
    {
        Name = "own",
        Runs = _folder.Path,
        Results = "",
        Teacher = new TeachOptions { Sources = other is null ? [source] : [source, other], Encoder = run.Encoder, Combine = combination },
        Distillation = run.Recipe.Distillation with { Seeds = [1] },
    };

    private Recipe Real(string train, string test) => Recipe("unset") with
    {
        Data = new DataOptions { Train = TestPaths.Data(train), Test = TestPaths.Data(test), Leaks = LeakPolicy.Drop },
    };

    private RunResult Run(Recipe recipe, Stage to) => FinishedRun.Run(recipe, to, messages: _messages);

    private void WriteLogits(string name, int start, int count, bool constant = false) => File.WriteAllText(_folder[name],
        "row\tlogit:bad\tlogit:good\n" + string.Concat(Enumerable.Range(0, count).Select(k => $"{k}\t{Logits(start + k, '\t', constant)}\n")));

    private static string Lines(int start, int count, char separator) =>
        string.Concat(Enumerable.Range(start, count).Select(k => $"{ToyCorpus.Text(k)}{separator}{Logits(k, separator)}\n"));

    private static string Logits(int k, char separator, bool constant = false)
    {
        int sign = constant || ToyCorpus.Class(k) == 0 ? 1 : -1;
        return string.Create(CultureInfo.InvariantCulture, $"{sign * (1 + k % 3)}{separator}{-sign * (1 + k % 3)}");
    }
}
