using Retort.Distillation;
using Retort.Fractionation;
using Retort.Runs;
using Retort.Students;
using Retort.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Retort.Tests.Distillation;

/// <summary>A student that is distilled on chosen texts.</summary>
public sealed class FractionDistillerTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly StudentBlueprint _blueprint = ToyCorpus.Blueprint();

    public void Dispose()
    {
        _blueprint.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData(Score.Entropy)]
    [InlineData(Score.Divergence)]
    public void The_student_learns_from_a_part_of_the_texts_in_as_many_steps(Score score)
    {
        TrainingResult result = Run("s", new FractionationOptions { Scores = [score], Fraction = 0.5, ClassQuota = ClassQuota.Equal });
        Assert.Equal(80, result.Steps);
        Assert.True(result.Best.Accuracy >= 0.95, $"dev accuracy {result.Best.Accuracy}");
    }

    [Theory]
    // 8 steps an epoch, before each of which texts are chosen anew: a job that is stopped while it looks at dev has its checkpoint right there.
    [InlineData(Score.Divergence, 4)]
    [InlineData(Score.Divergence, 16)]
    [InlineData(Score.Divergence, 31)]
    [InlineData(Score.Variability, 16)]
    [InlineData(Score.Variability, 43)]
    [InlineData(Score.Forgetting, 24)]
    [InlineData(Score.Entropy, 16)]
    public void A_job_stopped_in_the_middle_and_run_again_chooses_the_same_texts_and_saves_the_same_student(Score score, int stopAt)
    {
        var options = new FractionationOptions { Scores = [score], Fraction = 0.4, Schedule = Schedule.Adaptive };
        TrainingResult expected = Run("whole", options, epochs: 6);
        using var stop = new CancellationTokenSource();
        var stopping = new Watcher(report =>
        {
            if (report.Done == stopAt - 1 && stopAt % 8 != 0 || report.Message?.StartsWith($"step {stopAt}: dev", StringComparison.Ordinal) == true)
                stop.Cancel();
        });
        Assert.Throws<OperationCanceledException>(() => Run("cut", options, stopping, epochs: 6, cancellation: stop.Token));
        Assert.False(Directory.Exists(_folder["cut"]));
        var notes = new List<string>();
        TrainingResult resumed = Run("cut", options, new Watcher(report => notes.Add(report.Message ?? "")), epochs: 6);
        Assert.Contains($"resuming at step {stopAt} of 48", notes);
        Assert.Equivalent(expected.History, resumed.History, strict: true);
        Assert.Equal(Files("whole"), Files("cut"));
        Assert.Equal(Files("whole-fractions"), Files("cut-fractions"));
        Assert.Equal(12, Files("cut-fractions").Length);
    }

    [Fact]
    public void To_look_at_the_student_leaves_its_training_as_it_is()
    {
        // Both choose all texts before every fourth step; only one looks at the student for it.
        FractionationOptions all = new() { Fraction = 1, RefreshSteps = 4, Schedule = Schedule.Linear };
        Run("looked", all with { Scores = [Score.Divergence] });
        Run("blind", all with { Scores = [Score.Entropy] });
        Assert.NotEqual(Files("looked-fractions"), Files("blind-fractions"));
        Assert.Equal(Files("looked"), Files("blind"));
    }

    [Fact]
    public void Every_choice_is_told()
    {
        var notes = new List<string>();
        Run("s", new FractionationOptions { Scores = [Score.Entropy], Select = Selection.Highest, Schedule = Schedule.Stages }, new Watcher(report => notes.Add(report.Message ?? "")));
        Assert.Contains("from step 0 on: 30 of 60 texts, a fraction of 0.5", notes);
        Assert.Contains("from step 24 on: 18 of 60 texts, a fraction of 0.3; 100 % of them were in the one before", notes);
        Assert.Contains("from step 64 on: 60 of 60 texts, a fraction of 1; 30 % of them were in the one before", notes);
    }

    [Fact]
    public void An_adaptive_choice_is_told_with_what_it_went_by()
    {
        var notes = new List<string>();
        TrainingResult result = Run("s", new FractionationOptions { Scores = [Score.Entropy], Schedule = Schedule.Adaptive }, new Watcher(report => notes.Add(report.Message ?? "")));
        double[] agreements = [.. result.History.Select(look => look.Scores.Agreement)];
        Assert.Contains(notes, note => note.StartsWith(FormattableString.Invariant($"from step 8 on: 48 of 60 texts, a fraction of 0.8 (agreement {agreements[0]:0.0000} on dev, the first: fewer); "), StringComparison.Ordinal));
        FractionSummary[] choices = FractionLog.Read(_folder["s-fractions"]);
        Assert.Equal([null, .. agreements[..^1].Select(agreement => (double?)agreement)], choices.Select(choice => choice.Reason?.Agreement));
        Assert.Equal([null, .. choices[..^1].Select(choice => (double?)choice.Share)], choices.Select(choice => choice.Reason?.ShareBefore));
    }

    [Fact]
    public void Balanced_classes_and_adjusted_logits_make_another_student()
    {
        Run("plain", null);
        Run("balanced", new FractionationOptions { ClassBalance = ClassBalance.Prior, ClassPrior = [0.2, 0.8] });
        Run("adjusted", new FractionationOptions { LogitAdjustment = 1 });
        Assert.NotEqual(Files("plain"), Files("balanced"));
        Assert.NotEqual(Files("plain"), Files("adjusted"));
    }

    [Fact]
    public void No_tensor_is_left_behind()
    {
        FractionationOptions options = new() { Scores = [Score.Variability, Score.Entropy], LogitAdjustment = 1 };
        Run("warm", options);
        long before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        Run("again", options);
        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    private TrainingResult Run(string name, FractionationOptions? options, IProgress<StageProgress>? progress = null, int epochs = 10, CancellationToken cancellation = default)
    {
        TransferSet transfer = ToyCorpus.Transfer();
        if (options is not null)
            transfer = new TransferSet(transfer, new FractionInput(options, FractionTexts.Of(options, transfer.Labelled, transfer.Teacher!, cancellation: cancellation), _folder[$"{name}-fractions"]));
        return Distiller.Run(ToyCorpus.Options with { Epochs = epochs }, ToyCorpus.Student, _blueprint, transfer, ToyCorpus.Rows(80, 20), ToyCorpus.Teacher(80, 20), 1, warmUp: null,
            _folder[name], _folder[$"{name}-checkpoints"], logs: null, CPU, progress, cancellation);
    }

    private string[] Files(string name) => Directory.GetFiles(_folder[name])
        .Select(file => $"{Path.GetFileName(file)} {ContentHash.OfFile(file)}").Order(StringComparer.Ordinal).ToArray();
}
