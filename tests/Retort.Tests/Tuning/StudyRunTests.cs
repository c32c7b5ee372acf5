using System.Text.Json;
using Retort.Cli;
using Retort.Distillation;
using Retort.Evaluation;
using Retort.Pipeline;
using Retort.Runs;
using Retort.Teachers.Sources;
using Retort.Tests.Pipeline;
using Retort.Tuning;
using Retort.Tuning.Store;

namespace Retort.Tests.Tuning;

/// <summary>Whole studies of the tiny run, each trial a process.</summary>
[Collection(FinishedRunTests.Name)]
public sealed class StudyRunTests : IDisposable
{
    private static readonly TuneOptions Small = new() { Vary = ["student.filters=3,4"], Finalists = 1, FinalistSeeds = 2 };

    private readonly TemporaryFolder _folder = new();
    private readonly List<string> _messages = [];
    private readonly Recipe _recipe;

    public StudyRunTests(FinishedRun run)
    {
        Recipe copy = run.CopyTo(_folder);
        _recipe = copy with { Distillation = copy.Distillation with { Epochs = 2, Seeds = [1] } };
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_study_ends_with_the_winners_recipe_its_figures_and_a_page_and_is_not_done_twice()
    {
        StudyResult result = Run(Small);
        // The recipe and two points, then the second seed of the recipe and of the best.
        Assert.Equal((5, 0), (result.Done, result.Failed));
        Assert.Equal(2, result.Finalists.Count);
        Assert.All(result.Finalists, one => Assert.Equal(2, one.Dev.Count));
        Assert.All([result.Winner, result.Compared], one => Assert.Equal(2, one.Test!.Count));
        Assert.True(result.Winner.Dev.Mean >= result.Compared.Dev.Mean);
        Recipe best = Recipe.Load(result.BestRecipe);
        Assert.Equal("tiny-tuned", best.Name);
        Assert.Equal(result.Winner.Changes.GetValueOrDefault("student.filters", "6"), $"{best.Student.Filters}");
        Assert.Equal([_folder["tiny/teacher"]], best.Teacher.Sources);
        Assert.Contains("# Channels of each window", File.ReadAllText(result.BestRecipe), StringComparison.Ordinal);
        Assert.Equal(5, Directory.GetDirectories(_folder["tiny/tuning/trials"]).Length);
        // Trials have no teacher of their own, no signals, and train one student.
        Assert.All(Directory.GetDirectories(_folder["tiny/tuning/trials"]), trial =>
        {
            Assert.Equal(["logs", "students"], Directory.GetDirectories(trial).Select(Path.GetFileName).Order());
            Assert.Single(Directory.GetDirectories(Path.Combine(trial, "students")));
        });
        using JsonDocument json = JsonDocument.Parse(File.ReadAllText(_folder["tiny/tuning/study.json"]));
        Assert.Equal(5, json.RootElement.GetProperty("done").GetInt32());

        DateTime[] before = [.. Directory.GetFiles(_folder["tiny/tuning/trials"], "manifest.json", SearchOption.AllDirectories).Order().Select(File.GetLastWriteTimeUtc)];
        _messages.Clear();
        StudyResult again = Run(Small);
        Assert.Equal(result.Winner.Dev, again.Winner.Dev);
        Assert.Equal(before, Directory.GetFiles(_folder["tiny/tuning/trials"], "manifest.json", SearchOption.AllDirectories).Order().Select(File.GetLastWriteTimeUtc));
        Assert.DoesNotContain(_messages, message => message.Contains("scored on test", StringComparison.Ordinal));

        // The figures are those that the same recipe has in a run.
        RunResult plain = FinishedRun.Run(_recipe with { Distillation = _recipe.Distillation with { Seeds = [1, 2] } }, Stage.Evaluate);
        Assert.Equal(plain.Report!.Models.Where(model => model.Role == Retort.Evaluation.Role.Student).Average(model => model.Dev.Accuracy!.Value), result.Compared.Dev.Mean, 9);
        Assert.Equal(plain.Report!.Models.Where(model => model.Role == Retort.Evaluation.Role.Student).Average(model => model.Test.Accuracy!.Value), result.Compared.Test!.Mean, 9);
    }

    [Fact]
    public void Another_recipe_other_options_and_other_data_are_refused()
    {
        Begin();
        string recipe = Refused(_recipe with { Distillation = _recipe.Distillation with { Epochs = 3 } }, Small);
        Assert.Contains("began with another recipe: distillation.epochs was 2, and is 3", recipe, StringComparison.Ordinal);
        Assert.Contains("began with other options", Refused(_recipe, Small with { Finalists = 2 }), StringComparison.Ordinal);
        string train = _recipe.Data.Train, own = _folder.Write("train.tsv", File.ReadAllText(train) + "a good good good\tgood\n");
        Recipe moved = _recipe with { Data = _recipe.Data with { Train = own } };
        Assert.Contains("data.train was", Refused(moved, Small), StringComparison.Ordinal);
    }

    [Fact]
    public void Rows_of_train_do_not_vary_where_dev_is_drawn_from_them() => Assert.Contains("is drawn from train",
        Refused(_recipe with { Data = _recipe.Data with { Dev = "" } }, new TuneOptions { Vary = ["data.train_limit=20,30"] }), StringComparison.Ordinal);

    [Fact]
    public void Where_no_student_is_fast_enough_the_study_says_so()
    {
        string said = Assert.Throws<RetortException>(() => Run(Small with { Vary = ["student.filters=3"], FinalistSeeds = 1, MaxLatency = 1e-3 })).Message;
        Assert.Contains("no finalist is within --max-latency-us 0.001: the fastest takes ", said, StringComparison.Ordinal);
    }

    [Fact]
    public void Texts_that_have_changed_since_are_noticed()
    {
        string own = _folder.Write("train.tsv", File.ReadAllText(_recipe.Data.Train));
        Recipe moved = _recipe with { Data = _recipe.Data with { Train = own } };
        Begin(moved);
        File.AppendAllText(own, "a good good good\tgood\n");
        Assert.Contains("began with other texts, labels, teachers or files", Refused(moved, Small), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("student.filters=3,4")]
    [InlineData("teacher.epochs=1,2")]
    public void Files_that_have_changed_since_are_noticed(string vary)
    {
        Recipe recipe = _recipe with { Transfer = _recipe.Transfer with { Unlabelled = [_folder.Write("more.txt", "a very good film\n")] }, Student = _recipe.Student with { Embeddings = _folder.Write("vectors.txt", "good 1 2 3\n") } };
        var options = Small with { Vary = [vary] };
        Begin(recipe, options);
        File.WriteAllText(recipe.Student.Embeddings, "good 3 2 1\n");
        Assert.Contains("began with other texts, labels, teachers or files", Refused(recipe, options), StringComparison.Ordinal);
        File.WriteAllText(recipe.Student.Embeddings, "good 1 2 3\n");
        File.WriteAllText(recipe.Transfer.Unlabelled[0], "a very bad film\n");
        Assert.Contains("began with other texts, labels, teachers or files", Refused(recipe, options), StringComparison.Ordinal);
    }

    [Fact]
    public void A_trial_that_failed_is_tried_again_by_the_next_command()
    {
        Begin();
        using (StudyStore store = StudyStore.Open(_folder["tiny/tuning"])!)
            store.Fail(1, "the disk is full");
        StudyResult result = Run(Small);
        Assert.Equal((5, 0), (result.Done, result.Failed));
    }

    [Fact]
    public void An_ablation_walks_its_steps()
    {
        StudyResult result = Run(new TuneOptions { Ablate = true, FinalistSeeds = 2 });
        Assert.Equal(["no teacher", "+ soft labels", "+ fractionation", "+ intermediate layers"], result.Steps.Select(step => step.Configuration.Name));
        Assert.All(result.Steps, step => Assert.Equal(2, step.Scores!.Count));
        Assert.Contains(result.Notes, note => note.StartsWith("the step + transfer set is left out", StringComparison.Ordinal));
        Assert.Equal(result.Steps.Last(step => step.Kept).Configuration.Number, result.Winner.Number);
        Assert.Contains("step", StudyText.Table(result).ToText(), StringComparison.Ordinal);
        Assert.Equal(result.Winner.Number == 0 ? 0 : _recipe.Distillation.SoftLabelWeight, Recipe.Load(result.BestRecipe).Distillation.SoftLabelWeight);
    }

    [Fact]
    public void Where_the_labels_alone_win_the_winners_recipe_learns_from_them_alone()
    {
        Recipe recipe = _recipe with { Distillation = _recipe.Distillation with { SoftLabelLoss = SoftLabelLoss.Kl, Temperature = 3, Epochs = 4, EpochsWithoutTeacher = 7, Seeds = [5, 6] } };
        var alone = new Configuration(0, "no teacher", Role.StudentWithoutTeacher, new SortedDictionary<string, string>());
        string file = _folder.Write("best.yaml", TrialRecipe.Winner(recipe, alone, epochs: 0).ToYaml(commented: true));
        DistillationOptions best = Recipe.Load(file).Distillation;
        Assert.Equal((0, 1, 7), (best.SoftLabelWeight, best.HardLabelWeight, best.Epochs));
        Assert.Equal([5, 6], best.Seeds);
        Assert.Equal(4, TrialRecipe.Winner(recipe, alone with { Role = Role.Student }, epochs: 0).Distillation.Epochs);
    }

    [Fact]
    public void An_ablation_compares_students_as_they_were_trained()
    {
        Recipe recipe = _recipe with { Compression = _recipe.Compression with { Apply = true } };
        var step = new Configuration(1, "+ soft labels", Role.Student, new SortedDictionary<string, string>());
        var trial = new Trial(1, 1, 1, 0, 0, TrialState.Waiting);
        Assert.False(TrialRecipe.Of(recipe, step, trial, _folder.Path, 1, ablating: true).Compression.Apply);
        Assert.True(TrialRecipe.Of(recipe, step, trial, _folder.Path, 1, ablating: false).Compression.Apply);
    }

    [Fact]
    public void Halving_trains_few_to_the_end_and_a_teacher_that_varies_is_each_trials_own()
    {
        StudyResult result = Run(new TuneOptions { Vary = ["student.filters=2..9"], Strategy = Strategy.Halving, MaxTrials = 3, Rungs = [1, 3], Finalists = 1, FinalistSeeds = 1 });
        // Four with one epoch; of these one with three, and the recipe with three.
        Assert.InRange(result.Done, 5, 6);
        Assert.All(result.Finalists, one => Assert.Equal(1, one.Dev.Count));
        Assert.Equal(3, Recipe.Load(result.BestRecipe).Distillation.Epochs);
        StudyResult taught = Run(new TuneOptions { Vary = ["teacher.epochs=1"], Finalists = 1, FinalistSeeds = 1 }, "taught");
        Assert.Contains("what varies makes the teacher another: each trial fine-tunes and asks its own", taught.Notes);
        Assert.True(Directory.Exists(_folder["tiny/taught/trials/0002/teacher"]));
    }

    private StudyResult Run(TuneOptions options, string study = "tuning") =>
        Tuner().Run(_recipe, options, _folder[$"tiny/{study}"], new SourceOptions { Offline = true }, TestContext.Current.CancellationToken);

    private string Refused(Recipe recipe, TuneOptions options) =>
        Assert.Throws<UsageException>(() => Tuner().Run(recipe, options, _folder["tiny/tuning"], new SourceOptions { Offline = true }, TestContext.Current.CancellationToken)).Message;

    /// <summary>Begins a study, and does none of it.</summary>
    private void Begin(Recipe? recipe = null, TuneOptions? options = null)
    {
        using var stop = new CancellationTokenSource();
        var tuner = new Tuner
        {
            Launch = (_, _, _) =>
            {
                stop.Cancel();
                throw new OperationCanceledException(stop.Token);
            },
            Workers = 1,
        };
        Assert.ThrowsAny<OperationCanceledException>(() => tuner.Run(recipe ?? _recipe, options ?? Small, _folder["tiny/tuning"], new SourceOptions { Offline = true }, stop.Token));
        using StudyStore store = StudyStore.Open(_folder["tiny/tuning"])!;
        Assert.Equal(3, store.Trials().Count);
    }

    private Tuner Tuner() => new()
    {
        Launch = TrialProcess.Start,
        Workers = 2,
        Progress = new Watcher(report =>
        {
            if (report.Message is { } message)
                _messages.Add(message);
        }),
    };
}
