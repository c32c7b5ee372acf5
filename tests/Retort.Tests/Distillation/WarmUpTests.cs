using Retort.Distillation;
using Retort.Distillation.WarmingUp;
using Retort.Runs;
using Retort.Runtime.Model;
using Retort.Students;
using Retort.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Retort.Tests.Distillation;

public sealed class WarmUpTests : IDisposable
{
    private static readonly string[] Circle = ["a", "the", "film", "plot", "end", "good", "bad"];

    private static readonly string[] Texts = Enumerable.Range(0, 80).Select(ToyCorpus.Text).ToArray(),
        Dev = Enumerable.Range(80, 45).Select(ToyCorpus.Text).ToArray();

    private readonly TemporaryFolder _folder = new();
    private readonly StudentBlueprint _blueprint = ToyCorpus.Blueprint();

    public void Dispose()
    {
        _blueprint.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData(WarmUpTask.PooledState, PooledStateLoss.Cosine, 0.9)]
    [InlineData(WarmUpTask.PooledState, PooledStateLoss.Mse, 0.8)]
    [InlineData(WarmUpTask.MaskedTokens, PooledStateLoss.Cosine, 0.6)] // 3 of 4 places have a right neighbour, which tells
    [InlineData(WarmUpTask.Views, PooledStateLoss.Cosine, 0.4)] // of 45, many of the same words
    public void The_score_on_dev_rises(WarmUpTask task, PooledStateLoss loss, double least)
    {
        TrainingResult result = Run("w", Options(task) with { Loss = loss });
        double first = result.History[0].Scores.Agreement;
        Assert.True(result.Best.Agreement >= least && result.Best.Agreement > first, $"{first} → {result.Best.Agreement}");
        Assert.True(result.History[^1].Scores.NegativeLogLikelihood < result.History[0].Scores.NegativeLogLikelihood);
        Assert.True(double.IsNaN(result.Best.Accuracy));
    }

    [Theory]
    [InlineData(WarmUpTask.PooledState)]
    [InlineData(WarmUpTask.MaskedTokens)]
    [InlineData(WarmUpTask.Views)]
    public void A_warm_up_stopped_in_the_middle_and_run_again_ends_with_the_same_weights(WarmUpTask task)
    {
        Run("whole", Options(task));
        using var stop = new CancellationTokenSource();
        var stopping = new Watcher(report =>
        {
            if (report.Done == 13)
                stop.Cancel();
        });
        Assert.Throws<OperationCanceledException>(() => Run("cut", Options(task), progress: stopping, cancellation: stop.Token));
        Assert.False(Directory.Exists(_folder["cut"]));
        Run("cut", Options(task));
        Assert.Equal(Hash("whole"), Hash("cut"));
        Run("other", Options(task), seed: 2);
        Assert.NotEqual(Hash("whole"), Hash("other"));
    }

    [Fact]
    public void A_student_begins_with_the_weights_but_for_its_classifier()
    {
        Run("w", Options(WarmUpTask.Views));
        using Student fresh = _blueprint.Build(1, CPU), warm = _blueprint.Build(1, CPU);
        WarmUp.LoadInto(_folder["w"], warm);
        (string Name, bool Same)[] compared = fresh.Module.named_parameters().Zip(warm.Module.named_parameters(),
            (one, other) => (one.name, one.parameter.allclose(other.parameter))).ToArray();
        Assert.All(compared, pair => Assert.Equal(pair.Name.StartsWith("classifier.", StringComparison.Ordinal), pair.Same));
        Assert.Contains(compared, pair => pair.Name == StudentShape.EmbeddingWeight);
    }

    [Fact]
    public void Distillation_goes_on_from_the_warm_up()
    {
        Run("w", Options(WarmUpTask.PooledState));
        // One step at no speed at all leaves what was there.
        DistillationOptions still = ToyCorpus.Options with { Epochs = 1, LearningRate = 1e-9, EmbeddingLearningRate = 0, NgramLearningRate = 0, BatchSize = 1000 };
        foreach (string? begin in (string?[])[_folder["w"], null])
        {
            Distiller.Run(still, ToyCorpus.Student, _blueprint, ToyCorpus.Transfer(), ToyCorpus.Rows(80, 20), ToyCorpus.Teacher(80, 20), 1, begin,
                _folder[$"s{begin is null}"], _folder["c"], logs: null, CPU, cancellation: TestContext.Current.CancellationToken);
            Directory.Delete(_folder["c"], recursive: true);
        }
        using Student warm = Student.Load(_folder["sFalse"], CPU), cold = Student.Load(_folder["sTrue"], CPU), expected = _blueprint.Build(1, CPU);
        WarmUp.LoadInto(_folder["w"], expected);
        float[] wanted = expected.Logits(Dev, TestContext.Current.CancellationToken).Values, found = warm.Logits(Dev, TestContext.Current.CancellationToken).Values;
        Assert.All(wanted.Zip(found), pair => Assert.Equal(pair.First, pair.Second, 1e-4f));
        Assert.NotEqual(found, cold.Logits(Dev, TestContext.Current.CancellationToken).Values);
    }

    [Fact]
    public void No_tensor_is_left_behind()
    {
        foreach (WarmUpTask task in (WarmUpTask[])[WarmUpTask.PooledState, WarmUpTask.MaskedTokens, WarmUpTask.Views])
        {
            Run($"warm-{task}", Options(task) with { Epochs = 2 });
            long before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
            Run($"again-{task}", Options(task) with { Epochs = 2 });
            Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
        }
    }

    [Fact]
    public void A_text_without_tokens_does_no_harm()
    {
        string[] texts = [.. Texts, "", " "];
        foreach (WarmUpTask task in (WarmUpTask[])[WarmUpTask.MaskedTokens, WarmUpTask.Views])
        {
            TrainingResult result = WarmUp.Run(Options(task) with { BatchSize = 2, Epochs = 1 }, ToyCorpus.Student, _blueprint, texts, [.. Dev, ""], null, 1,
                _folder[$"{task}"], _folder[$"{task}-c"], logs: null, CPU, cancellation: TestContext.Current.CancellationToken);
            Assert.True(double.IsFinite(result.Best.NegativeLogLikelihood));
        }
    }

    [Theory]
    [InlineData(WarmUpTask.MaskedTokens, 0.0, 8, "warm_up.mask")]
    [InlineData(WarmUpTask.Views, 0.1, 1, "warm_up.batch_size")]
    [InlineData(WarmUpTask.Views, 1.0, 8, "warm_up.mask")]
    public void What_cannot_teach_anything_is_refused(WarmUpTask task, double mask, int batchSize, string key)
    {
        var error = Assert.Throws<UsageException>(() => (Options(task) with { Mask = mask, BatchSize = batchSize }).Validate());
        Assert.Equal(key, error.Key);
    }

    private static WarmUpOptions Options(WarmUpTask task) => new()
    {
        Task = task,
        Epochs = 30,
        BatchSize = 16,
        LearningRate = 1e-2,
        EmbeddingLearningRate = 1e-2,
        EvaluationsPerEpoch = 1,
    };

    // Each word of these follows from the one to its right, which a window of two sees.
    private static string[] Running(int start, int count) => Enumerable.Range(start, count)
        .Select(k => string.Join(' ', Enumerable.Range(k, 4).Select(place => Circle[place % Circle.Length]))).ToArray();

    // A text's state follows from the words in it, so that it can be learnt.
    private static Func<int[], float[]> Rows(string[] texts) => rows => rows.SelectMany(row => Enumerable.Range(0, 6)
        .Select(k => texts[row].Split(' ').Sum(word => MathF.Sin(word.Sum(c => c) * (k + 1))))).ToArray();

    private TrainingResult Run(string name, WarmUpOptions options, int seed = 1, IProgress<StageProgress>? progress = null,
        CancellationToken cancellation = default) => WarmUp.Run(options, ToyCorpus.Student, _blueprint,
            options.Task == WarmUpTask.MaskedTokens ? Running(0, 80) : Texts, options.Task == WarmUpTask.MaskedTokens ? Running(80, 45) : Dev,
            options.Task == WarmUpTask.PooledState ? new PooledStates(6, Rows(Texts), Rows(Dev)) : null, seed, _folder[name],
            _folder[$"{name}-checkpoints"], logs: null, CPU, progress, cancellation);

    private string Hash(string name) => ContentHash.OfFile(_folder[$"{name}/weights.safetensors"]);
}
