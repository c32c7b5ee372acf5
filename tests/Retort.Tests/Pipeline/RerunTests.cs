using Retort.Evaluation;
using Retort.Pipeline;
using Retort.Runs;
using Retort.Signals;
using Retort.Teachers;
using Retort.Teachers.Sources;
using Retort.Tests.Teachers;

namespace Retort.Tests.Pipeline;

/// <summary>What a second run does after something has changed, each on a copy of the finished run.</summary>
[Collection(FinishedRunTests.Name)]
public sealed class RerunTests(FinishedRun run) : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly List<string> _messages = [];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Other_epochs_of_distillation_run_distill_and_evaluate_and_add_lines_for_the_new_students_only()
    {
        Recipe recipe = run.CopyTo(_folder) with { Results = _folder["results.csv"] };
        File.Copy(run.Recipe.Results, recipe.Results);
        int before = ResultsLog.Open(recipe.Results).Read().Count;
        Again(recipe with { Distillation = recipe.Distillation with { Epochs = 3, Seeds = [1] } }, Stage.Evaluate);
        Assert.Equal(["evaluate: students changed", "students/seed-1-without-teacher: options changed", "students/seed-1: options changed"], Ran());
        Assert.Contains("teach is up to date", _messages);
        Assert.Contains("label is up to date", _messages);
        Assert.Equal(["student 1", "student-without-teacher 1"],
            ResultsLog.Open(recipe.Results).Read().Skip(before).Select(line => $"{line.Role.Name()} {line.Seed}"));
    }

    [Fact]
    public void Another_measure_of_the_best_seed_chooses_it_anew()
    {
        Recipe recipe = run.CopyTo(_folder);
        Again(recipe with { Distillation = recipe.Distillation with { Metric = Retort.Training.DevMetric.MacroF1 } }, Stage.Evaluate);
        Assert.Contains(Ran(), line => line.StartsWith("evaluate: ", StringComparison.Ordinal) && line.Contains("metric", StringComparison.Ordinal));
    }

    [Fact]
    public void The_report_leaves_out_students_that_are_no_longer_the_runs()
    {
        Recipe recipe = run.CopyTo(_folder);
        RunResult result = Again(recipe with { Distillation = recipe.Distillation with { Seeds = [2] } }, Stage.Evaluate);
        Manifest manifest = Manifest.Load(result.Folder);
        Assert.Contains("students/seed-1", manifest.Stages.Keys);
        Assert.Equal(["students/seed-2", "students/seed-2-without-teacher", "teach"], Retort.Reports.RunFiles.Read(result.Folder, manifest).Trainings.Select(training => training.Stage).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void The_student_without_teacher_may_have_epochs_of_its_own()
    {
        Recipe recipe = run.CopyTo(_folder);
        RunResult result = Again(recipe with { Distillation = recipe.Distillation with { EpochsWithoutTeacher = 9, Seeds = [1] } }, Stage.Distill);
        Assert.Equal(["students/seed-1-without-teacher: options changed"], Ran());
        Assert.Equal([48, 72], result.Students.Select(student => student.Training.Steps));
    }

    [Fact]
    public void A_run_can_do_without_the_student_without_teacher_and_its_students_stay_as_they_are()
    {
        Recipe recipe = run.CopyTo(_folder);
        RunResult result = Again(recipe with { Baseline = recipe.Baseline with { WithoutTeacher = false } }, Stage.Evaluate);
        Assert.Equal(["evaluate: students changed"], Ran());
        Assert.Equal([(Role.Student, 1), (Role.Student, 2)], result.Students.Select(student => (student.Role, student.Seed)));
        Assert.DoesNotContain(result.Report!.Models, model => model.Role == Role.StudentWithoutTeacher);
        Assert.DoesNotContain("student without teacher", result.Report.Test.ToText(), StringComparison.Ordinal);
        Assert.DoesNotContain(">student without teacher<", File.ReadAllText(_folder["tiny/report/report.html"]), StringComparison.Ordinal);
    }

    [Fact]
    public void From_a_stage_on_everything_runs()
    {
        Again(run.CopyTo(_folder), Stage.Distill, Stage.Label);
        Assert.Equal(["label", "students/seed-1", "students/seed-1-without-teacher", "students/seed-2", "students/seed-2-without-teacher"], Ran());
    }

    [Theory]
    [InlineData("model.safetensors", false)]
    [InlineData("vocab.txt", true)]
    [InlineData("config.json", true)]
    public void A_student_that_was_altered_or_lost_a_file_is_trained_again_to_the_same(string file, bool delete)
    {
        Recipe recipe = run.CopyTo(_folder);
        string path = _folder[$"tiny/students/seed-2/{file}"], hash = ContentHash.OfFile(path);
        if (delete)
            File.Delete(path);
        else
            File.AppendAllText(path, "x");
        Again(recipe, Stage.Distill);
        Assert.Equal([$"students/seed-2: students/seed-2/{file} is missing or changed"], Ran());
        Assert.Equal(hash, ContentHash.OfFile(path));
    }

    [Fact]
    public void A_student_handed_over_that_is_gone_is_handed_over_again()
    {
        Recipe recipe = run.CopyTo(_folder);
        Directory.Delete(_folder["tiny/student"], recursive: true);
        Again(recipe, Stage.Evaluate);
        Assert.Equal("evaluate", Assert.Single(Ran()).Split(':')[0]);
        Assert.True(File.Exists(_folder["tiny/student/model.safetensors"]));
    }

    [Theory]
    [InlineData("deleted")]
    [InlineData("elsewhere")]
    public void Signals_that_are_gone_are_computed_again(string how)
    {
        Recipe recipe = run.CopyTo(_folder);
        if (how == "deleted")
            File.Delete(Directory.GetFiles(_folder["tiny/signals"], "shard-00001.parquet", SearchOption.AllDirectories).Single());
        else
            recipe = recipe with { Labelling = recipe.Labelling with { Cache = _folder["cache"] } };
        RunResult result = Again(recipe, Stage.Distill);
        Assert.Contains("label: ", Assert.Single(Ran()), StringComparison.Ordinal);
        // What stands in the shards behind the lost one is still good.
        Assert.Equal(how == "deleted" ? 4 : 114, result.Labelling!.Computed);
    }

    [Fact]
    public void Other_word_vectors_in_the_same_file_run_distill()
    {
        Recipe recipe = run.CopyTo(_folder);
        recipe = recipe with { Student = recipe.Student with { Embeddings = _folder["vectors.txt"] }, Distillation = recipe.Distillation with { Seeds = [1], Epochs = 1 } };
        File.WriteAllText(recipe.Student.Embeddings, "good 1 2 3\n");
        Again(recipe, Stage.Distill);
        _messages.Clear();
        Again(recipe, Stage.Distill);
        Assert.Empty(Ran());
        File.WriteAllText(recipe.Student.Embeddings, "good 3 2 1\n");
        Again(recipe, Stage.Distill);
        Assert.Equal(["students/seed-1-without-teacher: embeddings changed", "students/seed-1: embeddings changed"], Ran());
    }

    [Fact]
    public void A_run_cancelled_while_it_teaches_resumes_to_the_same_teacher()
    {
        Recipe recipe = run.Recipe with { Runs = _folder.Path, Results = "" };
        using var stop = new CancellationTokenSource();
        var stopping = new Watcher(report =>
        {
            if (report is { Stage: "teach", Done: 13 })
                stop.Cancel();
        });
        Assert.Throws<OperationCanceledException>(() =>
            RunPipeline.Run(recipe, new SourceOptions { Offline = true }, Stage.Teach, progress: stopping, cancellation: stop.Token));
        Assert.True(Directory.Exists(_folder["tiny/checkpoints"]));
        Again(recipe, Stage.Teach);
        Assert.Contains(_messages, message => message.StartsWith("resuming at step 1", StringComparison.Ordinal));
        Assert.False(Directory.Exists(_folder["tiny/checkpoints"]));
        Assert.Equal(File.ReadAllBytes(Path.Combine(run.Result.Folder, "teacher", "model.safetensors")),
            File.ReadAllBytes(_folder["tiny/teacher/model.safetensors"]));
    }

    [Fact]
    public void A_teacher_that_is_brought_is_used_as_it_is()
    {
        string teacher = Path.Combine(run.Result.Folder, "teacher");
        Recipe recipe = run.Recipe with { Name = "own", Runs = _folder.Path, Results = "", Teacher = new TeachOptions { Sources = [teacher] } };
        recipe = recipe with { Distillation = recipe.Distillation with { Seeds = [1] }, Labelling = new LabelOptions { PooledState = PooledState.None } };
        RunResult result = Again(recipe, Stage.Distill);
        Assert.Null(result.Teacher);
        Assert.False(Directory.Exists(_folder["own/teacher"]));
        Assert.True(result.Students[0].Training.Best.Agreement >= 0.9, $"{result.Students[0].Training.Best}");
    }

    [Fact]
    public void A_teacher_of_other_classes_is_refused_before_anything_is_labelled()
    {
        Recipe recipe = run.Recipe with { Runs = _folder.Path, Results = "", Teacher = new TeachOptions { Sources = [TinyBert.Write(_folder["other"], classes: 2)] } };
        var error = Assert.Throws<UsageException>(() => Again(recipe with { Labelling = new LabelOptions() }, Stage.Label));
        Assert.Contains("knows the classes class0, class1, the data have bad, good", error.Message, StringComparison.Ordinal);
        Assert.Contains("data.label_file", error.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder["tiny/signals"]));
    }

    private RunResult Again(Recipe recipe, Stage to, Stage? from = null) => FinishedRun.Run(recipe, to, from, messages: _messages);

    /// <summary>The stages that ran, each with its reason.</summary>
    private string[] Ran() => [.. _messages.Where(message => message.Contains(" runs", StringComparison.Ordinal))
        .Select(message => message.Replace(" runs", "", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];
}
