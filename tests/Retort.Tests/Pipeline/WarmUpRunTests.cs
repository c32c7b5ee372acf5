using Retort.Distillation.WarmingUp;
using Retort.Evaluation;
using Retort.Pipeline;
using Retort.Reports;
using Retort.Runs;
using Retort.Teachers;
using Retort.Tests.Distillation;

namespace Retort.Tests.Pipeline;

/// <summary>Students that are warmed up before they are distilled into.</summary>
[Collection(FinishedRunTests.Name)]
public sealed class WarmUpRunTests(FinishedRun run) : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly List<string> _messages = [];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(WarmUpTask.PooledState, false)]
    [InlineData(WarmUpTask.MaskedTokens, true)]
    [InlineData(WarmUpTask.Views, true)]
    public void Each_seeds_students_begin_with_a_warm_up_of_their_own(WarmUpTask task, bool withoutTeacherToo)
    {
        Recipe recipe = Recipe(task);
        RunResult result = Run(recipe, Stage.Evaluate);
        string[] ran = Ran();
        Assert.Equal(2, ran.Count(stage => stage.StartsWith("warm-up/seed-", StringComparison.Ordinal)));
        Assert.Contains("students/seed-1", ran);
        Assert.Equal(withoutTeacherToo, ran.Contains("students/seed-1-without-teacher"));
        foreach (int seed in (int[])[1, 2])
            Assert.True(File.Exists(Path.Combine(result.Folder, $"warm-up/seed-{seed}/weights.safetensors")));
        Assert.NotEqual(ContentHash.OfFile(Path.Combine(result.Folder, "warm-up/seed-1/weights.safetensors")),
            ContentHash.OfFile(Path.Combine(result.Folder, "warm-up/seed-2/weights.safetensors")));
        // A student costs what its warm-up cost.
        StudentRun student = result.Students.First(one => one.Role == Role.Student), cold = run.Result.Students.First(one => one.Role == Role.Student);
        Assert.NotEqual(cold.Training.Best, student.Training.Best);
        _messages.Clear();
        Run(recipe, Stage.Evaluate);
        Assert.Empty(Ran());
    }

    [Fact]
    public void Another_warm_up_makes_its_students_anew_and_no_others()
    {
        Recipe recipe = Recipe(WarmUpTask.PooledState);
        Run(recipe, Stage.Distill);
        _messages.Clear();
        Run(recipe with { WarmUp = recipe.WarmUp with { Loss = PooledStateLoss.Mse } }, Stage.Distill);
        Assert.Equal(["students/seed-1", "students/seed-2", "warm-up/seed-1", "warm-up/seed-2"], Ran().Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Pooled_states_that_nobody_stores_are_missed_before_anything_is_done()
    {
        Recipe recipe = Recipe(WarmUpTask.PooledState);
        recipe = recipe with { Labelling = recipe.Labelling with { PooledState = PooledState.None } };
        var error = Assert.Throws<UsageException>(() => Run(recipe, Stage.Distill));
        Assert.Equal("warm_up.task", error.Key);
        Assert.Contains("signals.pooled_state is none", error.Message, StringComparison.Ordinal);
        Assert.Empty(_messages);
        var without = Assert.Throws<UsageException>(() => (recipe with
        {
            Labelling = new(),
            Teacher = new TeachOptions { Sources = ["t.tsv"] },
        }).Validate());
        Assert.Contains("teacher.sources names no model", without.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_encoder_learns_a_stronger_teachers_logits()
    {
        string file = _folder["strong.tsv"];
        File.WriteAllText(file, "text\tlogits_0\tlogits_1\n" + string.Concat(Enumerable.Range(0, 60).Select(k =>
            FormattableString.Invariant($"{ToyCorpus.Text(k)}\t{ToyCorpus.Teacher(k, 1).Values[0]}\t{ToyCorpus.Teacher(k, 1).Values[1]}\n"))));
        Recipe recipe = run.CopyTo(_folder);
        recipe = recipe with { Teacher = recipe.Teacher with { SoftLabels = file } };
        RunResult result = Run(recipe, Stage.Label);
        Assert.Equal("teach", Ran()[0]);
        Assert.Contains(_messages, message => message.Contains("; soft_label ", StringComparison.Ordinal));
        Assert.True(result.Teachers.Single(score => score.Part == "dev").Accuracy >= 0.9);
        File.WriteAllLines(file, File.ReadAllLines(file)[..^2]);
        var error = Assert.Throws<RetortException>(() => Run(recipe, Stage.Teach));
        Assert.Contains($"2 of 60 texts of train have no signal of strong.tsv, the first: '{ToyCorpus.Text(58)}'", error.Message, StringComparison.Ordinal);
        var absent = Assert.Throws<UsageException>(() => Run(recipe with { Teacher = recipe.Teacher with { SoftLabels = _folder["no.*.tsv"] } }, Stage.Teach));
        Assert.Equal("teacher.soft_labels", absent.Key);
    }

    private Recipe Recipe(WarmUpTask task) => run.CopyTo(_folder) with
    {
        WarmUp = new WarmUpOptions { Task = task, Epochs = 2, BatchSize = 16, LearningRate = 1e-2, EmbeddingLearningRate = 1e-2 },
    };

    private RunResult Run(Recipe recipe, Stage to) => FinishedRun.Run(recipe, to, messages: _messages);

    private string[] Ran() => [.. _messages.Where(message => message.Contains(" runs", StringComparison.Ordinal))
        .Select(message => message[..message.IndexOf(" runs", StringComparison.Ordinal)])];
}
