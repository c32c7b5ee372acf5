using System.Text.Json;
using Retort.Runs;
using Retort.Training;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Retort.Tests.Training;

public sealed class TrainingLoopTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static TrainingOptions Options { get; } = new()
    {
        Epochs = 4,
        BatchSize = 8,
        WarmupFraction = 0.1,
        ClipNorm = 1,
        EmaDecay = 0.9,
        EvaluationsPerEpoch = 3,
        Seed = 5,
        CheckpointInterval = TimeSpan.Zero,
    };

    [Fact]
    public void Learns_and_keeps_the_best_weights()
    {
        using var trainee = new Toy();
        TrainingResult result = TrainingLoop.Run(trainee, Options with { EmaDecay = 0 }, _folder["a"]);
        Assert.Equal(32, result.Steps);
        Assert.Equal(12, result.History.Count);
        Assert.Equal(result.History.Max(look => look.Scores.Accuracy), result.Best.Accuracy);
        Assert.Equal(result.Best.Accuracy, trainee.Evaluate(default).Accuracy);
        Assert.True(result.Best.Accuracy > result.History[0].Scores.Accuracy);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0.9)]
    public void A_run_cut_off_anywhere_ends_as_an_uninterrupted_one(double emaDecay)
    {
        TrainingOptions options = Options with { EmaDecay = emaDecay };
        using var whole = new Toy();
        TrainingResult expected = TrainingLoop.Run(whole, options, _folder["whole"]);
        for (int cut = 1; cut < 32; cut += 5)
        {
            using var first = new Toy { DieAt = cut };
            Assert.Throws<InvalidOperationException>(() => TrainingLoop.Run(first, options, _folder[$"cut{cut}"]));
            using var second = new Toy();
            TrainingResult result = TrainingLoop.Run(second, options, _folder[$"cut{cut}"]);
            Assert.Equal(whole.Weights, second.Weights);
            Assert.Equivalent(expected.History, result.History, strict: true);
        }
    }

    [Fact]
    public void Cancellation_leaves_a_checkpoint_of_the_step_in_hand()
    {
        using var cancel = new CancellationTokenSource();
        using var trainee = new Toy { CancelAt = (7, cancel) };
        TrainingOptions rarely = Options with { CheckpointInterval = TimeSpan.FromHours(1) };
        Assert.Throws<OperationCanceledException>(() => TrainingLoop.Run(trainee, rarely, _folder["c"], null, null, cancel.Token));
        Assert.Single(Directory.GetFiles(_folder["c"], "checkpoint-8.safetensors"));
    }

    [Fact]
    public void A_damaged_checkpoint_is_named_with_what_to_delete()
    {
        using var first = new Toy { DieAt = 9 };
        Assert.Throws<InvalidOperationException>(() => TrainingLoop.Run(first, Options, _folder["d"]));
        string checkpoint = Directory.GetFiles(_folder["d"], "checkpoint-9.safetensors").Single();
        File.WriteAllBytes(checkpoint, File.ReadAllBytes(checkpoint)[..^9]);
        using var second = new Toy();
        var error = Assert.Throws<RetortException>(() => TrainingLoop.Run(second, Options, _folder["d"]));
        Assert.StartsWith($"the checkpoint {checkpoint} is damaged", error.Message, StringComparison.Ordinal);
        Assert.EndsWith($"delete {_folder["d"]} to start anew", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_loss_that_is_not_a_number_names_step_term_and_checkpoint()
    {
        using var trainee = new Toy { BreakAt = 9 };
        var error = Assert.Throws<RetortException>(() => TrainingLoop.Run(trainee, Options, _folder["n"]));
        Assert.Contains("step 9", error.Message, StringComparison.Ordinal);
        Assert.Contains("hard_label is NaN", error.Message, StringComparison.Ordinal);
        Assert.Contains("checkpoint-9.safetensors", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Stops_when_dev_does_not_improve_for_too_long()
    {
        using var trainee = new Toy { Scores = [0.5, 0.7, 0.6, 0.7, 0.9] };
        TrainingResult result = TrainingLoop.Run(trainee, Options with { Patience = 2 }, _folder["p"]);
        Assert.Equal(4, result.History.Count);
        Assert.Equal(result.History[1].Step, result.BestStep);
    }

    [Fact]
    public void Of_equal_scores_the_one_of_the_lowest_loss_is_kept_but_only_a_higher_score_is_worth_waiting_for()
    {
        using var trainee = new Toy { Scores = [0.5, 0.7, 0.7, 0.7, 0.9], Likelihoods = [0.1, 0.6, 0.4, 0.5, 0.1] };
        TrainingResult result = TrainingLoop.Run(trainee, Options with { Patience = 2 }, _folder["t"]);
        Assert.Equal(4, result.History.Count);
        Assert.Equal(result.History[2].Step, result.BestStep);
        Assert.Equal(0.4, result.Best.NegativeLogLikelihood);
    }

    [Fact]
    public void A_checkpoint_from_before_the_loss_was_kept_is_read_and_keeps_the_first_of_equal_scores()
    {
        const string Old = """{"step":3,"best":{"accuracy":0.7,"macro_f1":0.6,"agreement":"NaN"},"best_step":3,"history":[],"elapsed":"00:00:01"}""";
        TrainingState state = JsonSerializer.Deserialize<TrainingState>(Old, JsonForm.Compact)!;
        TrainingState next = (state with { Step = 4 }).After(new Look(4, new DevScores(0.7, 0.6, double.NaN, 0.1)), DevMetric.Accuracy);
        Assert.Equal((3L, 1), (next.BestStep, next.LooksSinceRise));
    }

    [Fact]
    public void A_look_holds_the_mean_of_each_term_since_the_last_one_and_the_log_each_step()
    {
        using var trainee = new Toy();
        TrainingResult result = TrainingLoop.Run(trainee, Options with { LearningRate = 0.1 }, _folder["l"], _folder["logs"]);
        TensorBoardEvent[] events = [.. TensorBoardFile.Read(Directory.GetFiles(_folder["logs"]).Single()).Skip(1)];
        TensorBoardEvent[] trained = [.. events.Where(one => one.Scalars.ContainsKey("train/loss"))], looked = [.. events.Where(one => one.Scalars.ContainsKey("eval/accuracy"))];
        // Fewer steps than are logged at most: each of them.
        Assert.Equal(Enumerable.Range(1, 32).Select(step => (long)step), trained.Select(one => one.Step));
        Assert.Equal(result.History.Select(look => look.Step), looked.Select(one => one.Step));
        Assert.Equal(result.History.Select(look => (float)look.Scores.Accuracy), looked.Select(one => one.Scalars["eval/accuracy"]));
        Assert.All(looked, one => Assert.DoesNotContain("eval/agreement", one.Scalars.Keys));
        Assert.Equal([0.025f, 0.05f, 0.075f, 0.1f], trained.Take(4).Select(one => one.Scalars["train/learning_rate"]), (a, b) => Math.Abs(a - b) < 1e-6);
        Assert.Equal(4f, trained[^1].Scalars["train/epoch"]);
        Assert.All(trained, one => Assert.Equal(one.Scalars["train/loss"], one.Scalars["loss/hard_label"]));
        long last = 0;
        foreach (Look look in result.History)
        {
            TermLook term = Assert.Single(look.Terms);
            double mean = trained.Where(one => one.Step > last && one.Step <= look.Step).Average(one => one.Scalars["train/loss"]);
            Assert.Equal(("hard_label", 1.0, null), (term.Name, term.Weight, term.GradientNorm));
            Assert.Equal(mean, term.Loss!.Value, 1e-6);
            last = look.Step;
        }
    }

    [Theory]
    [InlineData(0)]
    // Cut off after the look that told of it, and in the middle before the next.
    [InlineData(20)]
    public void What_a_trainee_advises_is_told_once_and_stands_in_the_look_even_where_it_is_resumed(int cut)
    {
        var notes = new List<string>();
        string[]?[] advice = [null, ["a"], ["a", "b"], ["b"]];
        if (cut > 0)
        {
            using var stop = new CancellationTokenSource();
            using var stopped = new Toy { Advice = advice, CancelAt = (cut, stop) };
            Assert.Throws<OperationCanceledException>(() => TrainingLoop.Run(stopped, Options with { EvaluationsPerEpoch = 1 }, _folder["advice"], progress: new Watcher(report => notes.Add(report.Message ?? "")), cancellation: stop.Token));
            advice = advice[stopped.Looks..];
        }
        using var trainee = new Toy { Advice = advice };
        TrainingResult result = TrainingLoop.Run(trainee, Options with { EvaluationsPerEpoch = 1 }, _folder["advice"], progress: new Watcher(report => notes.Add(report.Message ?? "")));
        Assert.Equal((string[][])[[], ["a"], ["b"], []], result.History.Select(look => look.Advice.ToArray()));
        Assert.Equal(["a", "b"], notes.Where(note => note.Length == 1));
    }

    [Fact]
    public void Leaves_no_tensor_behind()
    {
        using var trainee = new Toy();
        TrainingLoop.Run(trainee, Options with { Epochs = 1 }, _folder["warm"]);
        long before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        TrainingLoop.Run(trainee, Options with { Epochs = 2 }, _folder["again"]);
        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    /// <summary>Sixty points of two classes, a dropout and a linear layer.</summary>
    private sealed class Toy : ITrainee, IDisposable
    {
        private readonly Linear _linear;
        private readonly float[][] _points;
        private int _losses, _looks;

        public Toy()
        {
            manual_seed(1);
            _linear = nn.Linear(4, 2);
            var random = new SeededRandom(2);
            _points = Enumerable.Range(0, 60).Select(_ => Enumerable.Range(0, 4)
                .Select(_ => random.Below(2001) / 1000f - 1).ToArray()).ToArray();
            Groups = [new ParameterGroup(_linear.named_parameters().Select(p => (p.name, p.parameter)).ToArray(), 0.1, 0.01)];
            Lengths = Enumerable.Range(0, 60).Select(k => k % 7).ToArray();
        }

        public int DieAt { get; init; } = -1;

        public int BreakAt { get; init; } = -1;

        public (int Step, CancellationTokenSource Source)? CancelAt { get; init; }

        public double[]? Scores { get; init; }

        public double[]? Likelihoods { get; init; }

        public string[]?[]? Advice { get; init; }

        public int Looks => _looks;

        public string Stage => "toy";

        public nn.Module Module => _linear;

        public IReadOnlyList<ParameterGroup> Groups { get; }

        public IReadOnlyList<int> Lengths { get; }

        public float[] Weights => _linear.weight!.data<float>().ToArray();

        public IReadOnlyList<LossTerm> Losses(int[] batch)
        {
            int step = _losses++;
            if (step == DieAt)
                throw new InvalidOperationException("killed");
            if (step == CancelAt?.Step)
                CancelAt.Value.Source.Cancel();
            Tensor loss = nn.functional.cross_entropy(_linear.call(nn.functional.dropout(Points(batch), 0.3, true)), Classes(batch));
            return [new LossTerm("hard_label", 1, step == BreakAt ? loss * double.NaN : loss)];
        }

        public DevScores Evaluate(CancellationToken cancellation)
        {
            using var scope = NewDisposeScope();
            int[] all = Enumerable.Range(0, 60).ToArray();
            double accuracy = _linear.call(Points(all)).argmax(1).eq(Classes(all)).to(ScalarType.Float32).mean().ToDouble();
            int look = _looks++;
            return new DevScores(Scores?[look] ?? accuracy, accuracy, double.NaN, Likelihoods?[look] ?? 1);
        }

        public IReadOnlyList<string> Advise() => Advice?[_looks - 1] ?? [];

        public void Dispose() => _linear.Dispose();

        private Tensor Points(int[] batch) => tensor(batch.SelectMany(k => _points[k]).ToArray(), [batch.Length, 4]);

        private Tensor Classes(int[] batch) =>
            tensor(batch.Select(k => _points[k][0] + _points[k][1] > 0.3 * _points[k][2] ? 1L : 0L).ToArray());
    }
}
