using Retort.Distillation;
using Retort.Distillation.Alignment;
using Retort.Metrics;
using Retort.Runs;
using Retort.Runtime.Model;
using Retort.Runtime.Text;
using Retort.Signals.Intermediate;
using Retort.Students;
using Retort.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Retort.Tests.Distillation;

public sealed class DistillerTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly StudentBlueprint _blueprint = ToyCorpus.Blueprint();

    public void Dispose()
    {
        _blueprint.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData(SoftLabelLoss.Mse, 0, true)]
    [InlineData(SoftLabelLoss.Kl, 0, true)]
    [InlineData(SoftLabelLoss.Kl, 1, true)]
    [InlineData(SoftLabelLoss.Mse, 0, false)]
    public void The_student_learns(SoftLabelLoss loss, double hardLabelWeight, bool teacher)
    {
        var options = ToyCorpus.Options with { SoftLabelLoss = loss, HardLabelWeight = hardLabelWeight };
        TrainingResult result = Run("s", options, ToyCorpus.Transfer(teacher, unlabelled: teacher ? 20 : 0));
        Assert.True(result.Best.Accuracy >= 0.95, $"dev accuracy {result.Best.Accuracy}");
        using Student student = Student.Load(_folder["s"], CPU);
        LogitTable logits = student.Logits(ToyCorpus.Rows(100, 25).Texts(), TestContext.Current.CancellationToken);
        double right = Enumerable.Range(0, 25).Count(k => logits.ArgMax(k) == ToyCorpus.Class(100 + k)) / 25.0;
        Assert.True(right >= 0.9, $"test accuracy {right}");
    }

    [Fact]
    public void Logit_matching_comes_near_the_teachers_logits()
    {
        // One epoch of single texts: there is one look at dev, at the end, and so the last weights are kept.
        Run("s", ToyCorpus.Options with { Epochs = 1, BatchSize = 1, LearningRate = 0.02 }, ToyCorpus.Transfer(unlabelled: 40));
        using Student student = Student.Load(_folder["s"], CPU);
        float[] logits = student.Logits(ToyCorpus.Rows(0, 60).Texts(), TestContext.Current.CancellationToken).Values;
        float[] teacher = ToyCorpus.Teacher(0, 60).Values;
        double error = Enumerable.Range(0, logits.Length).Average(k => Math.Pow(logits[k] - teacher[k], 2));
        // What answering 0 would leave is 14/3; what answering ±2 by class alone would leave is 2/3.
        Assert.True(error < 1, $"mean squared error {error}");
    }

    [Fact]
    public void A_seed_gives_the_same_student_and_another_seed_another()
    {
        Run("a", ToyCorpus.Options, ToyCorpus.Transfer());
        Run("b", ToyCorpus.Options, ToyCorpus.Transfer());
        Run("c", ToyCorpus.Options, ToyCorpus.Transfer(), seed: 2);
        Assert.Equal(Files("a"), Files("b"));
        Assert.NotEqual(Files("a"), Files("c"));
    }

    [Theory]
    [InlineData(0, 3)]
    [InlineData(0, 30)]
    [InlineData(0.9, 17)]
    public void A_job_stopped_in_the_middle_and_run_again_saves_the_same_student(double emaDecay, int stopAt)
    {
        DistillationOptions options = ToyCorpus.Options with { EmaDecay = emaDecay };
        TrainingResult expected = Run("whole", options, ToyCorpus.Transfer());
        using var stop = new CancellationTokenSource();
        var stopping = new Watcher(report =>
        {
            if (report.Done == stopAt)
                stop.Cancel();
        });
        Assert.Throws<OperationCanceledException>(() => Run("cut", options, ToyCorpus.Transfer(), progress: stopping, cancellation: stop.Token));
        Assert.False(Directory.Exists(_folder["cut"]));
        TrainingResult resumed = Resume(options);
        Assert.Equal(Files("whole"), Files("cut"));
        Assert.Equivalent(expected.History, resumed.History, strict: true);
    }

    [Fact]
    public void A_job_that_died_and_is_run_again_saves_the_same_student()
    {
        Run("whole", ToyCorpus.Options, ToyCorpus.Transfer());
        var dying = new Watcher(report =>
        {
            if (report.Done == 20)
                throw new InvalidOperationException("killed");
        });
        Assert.Throws<InvalidOperationException>(() => Run("cut", ToyCorpus.Options, ToyCorpus.Transfer(), progress: dying));
        Resume(ToyCorpus.Options);
        Assert.Equal(Files("whole"), Files("cut"));
    }

    [Fact]
    public void The_temperature_fitted_on_dev_is_stored()
    {
        Run("s", ToyCorpus.Options, ToyCorpus.Transfer());
        using Student student = Student.Load(_folder["s"], CPU);
        double fitted = TemperatureFit.Fit(Dev, student.Logits(Dev.Texts(), TestContext.Current.CancellationToken));
        Assert.NotEqual(1, student.Temperature);
        Assert.InRange(student.Temperature / fitted, 0.99, 1.01);
    }

    [Fact]
    public void Early_stopping_looks_at_the_agreement_with_the_teacher()
    {
        // A teacher that says "bad" of everything on dev: the better the student, the lower the agreement.
        var contrary = new LogitTable(Enumerable.Range(0, Dev.Count).SelectMany(_ => new[] { 1f, -1f }).ToArray(), 2);
        var options = ToyCorpus.Options with { Metric = DevMetric.Agreement, Patience = 2, Epochs = 50 };
        TrainingResult result = Run("s", options, ToyCorpus.Transfer(), devTeacher: contrary);
        Assert.Equal(result.History.Max(look => look.Scores.Agreement), result.Best.Agreement);
        Assert.True(result.History.Count < 50, $"{result.History.Count} looks");
        Assert.Equal(result.BestStep, result.History[^3].Step);
    }

    [Fact]
    public void A_student_without_teacher_is_chosen_by_accuracy_where_others_are_by_agreement()
    {
        TrainingResult result = Run("s", ToyCorpus.Options with { Metric = DevMetric.Agreement }, ToyCorpus.Transfer(teacher: false));
        Assert.Equal(result.History.Max(look => look.Scores.Accuracy), result.Best.Accuracy);
        Assert.True(double.IsNaN(result.Best.Agreement));
    }

    [Fact]
    public void Averaged_weights_are_what_is_saved()
    {
        TrainingResult plain = Run("plain", ToyCorpus.Options with { Epochs = 1 }, ToyCorpus.Transfer());
        TrainingResult averaged = Run("averaged", ToyCorpus.Options with { Epochs = 1, EmaDecay = 0.99 }, ToyCorpus.Transfer());
        Assert.Equal(plain.Steps, averaged.Steps);
        Assert.NotEqual(Files("plain"), Files("averaged"));
        TrainingResult learnt = Run("learnt", ToyCorpus.Options with { EmaDecay = 0.8 }, ToyCorpus.Transfer());
        Assert.True(learnt.Best.Accuracy >= 0.95, $"dev accuracy {learnt.Best.Accuracy}");
    }

    [Fact]
    public void No_tensor_is_left_behind()
    {
        DistillationOptions brief = ToyCorpus.Options with { Epochs = 2 };
        Run("warm", brief, ToyCorpus.Transfer());
        long before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        Run("again", brief, ToyCorpus.Transfer());
        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    [Fact]
    public void Projected_states_that_are_the_same_everywhere_are_told_once_and_stand_in_the_look()
    {
        // The teacher's own are.
        var hidden = new HiddenInput(new HiddenOptions { Direction = AlignmentDirection.TeacherToStudent }, 5, [.. Enumerable.Range(0, 60)], rows => [.. Enumerable.Repeat(1f, 5 * rows.Length)]);
        var transfer = new TransferSet(ToyCorpus.Rows(0, 60), [], ToyCorpus.Teacher(0, 60)) { Hidden = hidden };
        var notes = new List<string>();
        TrainingResult result = Run("s", ToyCorpus.Options with { Epochs = 2, HiddenWeight = 1 }, transfer, progress: new Watcher(report => notes.Add(report.Message ?? "")));
        const string Told = "the projected states are nearly the same everywhere: the term hidden teaches nothing (hidden.direction student_to_teacher cannot collapse)";
        Assert.Equal((string[][])[[Told], []], result.History.Select(look => look.Advice.ToArray()));
        Assert.Single(notes, note => note == Told);
    }

    [Theory]
    [InlineData("hidden")]
    [InlineData("token_hidden")]
    [InlineData("attention")]
    public void What_is_trained_beside_the_student_has_a_learning_rate_of_its_own(string still)
    {
        // So small a rate moves no number.
        double Rate(string term) => term == still ? 1e-12 : 1e-3;
        var shape = new IntermediateShape(0, 1, 1, 5);
        var transfer = new TransferSet(ToyCorpus.Rows(0, 60), [], ToyCorpus.Teacher(0, 60))
        {
            Hidden = new HiddenInput(new() { LearningRate = Rate("hidden") }, 5, [.. Enumerable.Range(0, 60)], rows => [.. rows.SelectMany(row => Enumerable.Range(row, 5).Select(k => (float)Math.Sin(k)))]),
            Tokens = new TokenInput(new() { LearningRate = Rate("token_hidden") }, new() { LearningRate = Rate("attention") }, shape, rows => Array.ConvertAll(rows, row => TeacherTokens(row, shape))),
        };
        DistillationOptions options = ToyCorpus.Options with { Epochs = 1, HiddenWeight = 1, TokenHiddenWeight = 1, AttentionWeight = 1 };
        using Student student = _blueprint.Build(1, CPU);
        using AlignmentTerms drawn = AlignmentTerms.Of(options, transfer, student, 1);
        Run("s", options, transfer);
        using SafetensorsFile trained = SafetensorsFile.Open(Directory.GetFiles(_folder["s-checkpoints"], "checkpoint-*.safetensors").Single());
        foreach ((IAlignmentTerm term, _) in drawn.All)
        {
            bool same = term.Heads.named_parameters().All(p => p.parameter.data<float>().ToArray().SequenceEqual(trained.ReadSingles($"weights.{term.Name}.{p.name}")));
            Assert.Equal(term.Name == still, same);
        }
    }

    private static Retort.Data.Corpus Dev { get; } = ToyCorpus.Rows(80, 20);

    // One for each word, with states and attention that differ from text to text.
    private static TeacherTokens TeacherTokens(int row, IntermediateShape shape)
    {
        string text = ToyCorpus.Text(row);
        var tokens = new List<Token>();
        for (int start = 0; start < text.Length; start += tokens[^1].End - tokens[^1].Start + 1)
            tokens.Add(new Token(0, start, text.IndexOf(' ', start) is var end and > 0 ? end : text.Length));
        float[] values = [.. Enumerable.Range(row, (int)shape.Count(tokens.Count)).Select(k => 0.5f + 0.4f * (float)Math.Sin(k))];
        return new TeacherTokens(tokens, new IntermediateSignal(shape, tokens.Count, values));
    }

    private TrainingResult Resume(DistillationOptions options)
    {
        var notes = new List<string>();
        TrainingResult result = Run("cut", options, ToyCorpus.Transfer(), progress: new Watcher(report => notes.Add(report.Message ?? "")));
        Assert.Contains(notes, note => note.StartsWith("resuming at step", StringComparison.Ordinal));
        return result;
    }

    private TrainingResult Run(string name, DistillationOptions options, TransferSet transfer, int seed = 1,
        LogitTable? devTeacher = null, IProgress<StageProgress>? progress = null, CancellationToken cancellation = default)
    {
        LogitTable? teacher = transfer.Teacher is null ? null : devTeacher ?? ToyCorpus.Teacher(80, 20);
        return Distiller.Run(options, ToyCorpus.Student, _blueprint, transfer, Dev, teacher, seed, warmUp: null, _folder[name],
            _folder[$"{name}-checkpoints"], logs: null, CPU, progress, cancellation);
    }

    private string[] Files(string name) => Directory.GetFiles(_folder[name])
        .Select(file => $"{Path.GetFileName(file)} {ContentHash.OfFile(file)}").Order(StringComparer.Ordinal).ToArray();
}
