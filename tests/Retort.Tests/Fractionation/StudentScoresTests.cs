using Retort.Data;
using Retort.Fractionation;
using Retort.Fractionation.Scores;
using Retort.Metrics;
using Retort.Tests.Metrics;
using TorchSharp;

namespace Retort.Tests.Fractionation;

public sealed class StudentScoresTests : IDisposable
{
    private static readonly Score[] All = [Score.Uncertainty, Score.Divergence, Score.Variability, Score.Forgetting];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Divergence_is_that_of_the_metrics_text_by_text()
    {
        LogitTable teacher = RandomTables.Logits(1, 50, 3), student = RandomTables.Logits(2, 50, 3);
        var scores = new StudentScores(Fractions.Of(new(), RandomTables.Labels(3, 50, 3), teacher), All);
        Look(scores, RandomTables.Logits(4, 50, 3));
        Look(scores, student);
        for (int row = 0; row < 50; row++)
            Assert.Equal(SingleLabel.Divergence(student.Choose([row]), teacher.Choose([row])), scores.Of(Score.Divergence)[row], 1e-6);
    }

    [Fact]
    public void Divergence_of_several_labels_is_the_sum_over_them()
    {
        // 3/4 and 1/2 against 1/2 and 1/2: 3/4 ln(3/2) + 1/4 ln(1/2).
        var corpus = new Corpus("m", TaskKind.MultiLabel, new LabelSet(["x", "y"]), [new Sample("a", -1, [1, 1])]);
        var scores = new StudentScores(FractionTexts.Of(new() { Scores = [Score.Divergence] }, corpus, new LogitTable([MathF.Log(3), 0], 2)), [Score.Divergence]);
        Look(scores, new LogitTable([0, 0], 2));
        Assert.Equal(0.1308120359, Assert.Single(scores.Of(Score.Divergence)), 1e-6);
        Look(scores, new LogitTable([MathF.Log(3), -80], 2));
        // ln 2 on average is lost on the half that the student rules out, 80 / 2 in all.
        Assert.Equal(40 - Math.Log(2), Assert.Single(scores.Of(Score.Divergence)), 1e-4);
    }

    [Fact]
    public void Uncertainty_is_the_students_entropy_and_needs_no_teacher()
    {
        var scores = new StudentScores(Fractions.Of(new(), 0, 1), [Score.Uncertainty]);
        Look(scores, new LogitTable([0, 0, 0, MathF.Log(3)], 2));
        Assert.Equal(0.6931471806, scores.Of(Score.Uncertainty)[0], 1e-6);
        // 3/4 ln(4/3) + 1/4 ln 4.
        Assert.Equal(0.5623351446, scores.Of(Score.Uncertainty)[1], 1e-6);
        Assert.Equal([0, 0], scores.Of(Score.Divergence));
    }

    [Fact]
    public void Variability_is_the_standard_deviation_of_the_probability_of_the_texts_class_over_the_looks()
    {
        // Of class 1, three times: 0.5, 0.8, 0.2; then of class 0 with the same logits: 0.5, 0.2, 0.8; then one that never moves.
        var scores = new StudentScores(Fractions.Of(new(), 1, 0, 1), All);
        foreach (double p in (double[])[0.5, 0.8, 0.2])
        {
            float logit = (float)Math.Log(p / (1 - p));
            Look(scores, new LogitTable([0, logit, 0, logit, 1, 3], 2));
        }
        double[] variability = scores.Of(Score.Variability);
        // √((0² + 0.3² + 0.3²) / 3).
        Assert.Equal(0.2449489743, variability[0], 1e-6);
        Assert.Equal(0.2449489743, variability[1], 1e-6);
        Assert.Equal(0, variability[2], 1e-6);
    }

    [Fact]
    public void Forgetting_counts_what_was_lost_and_what_was_never_learnt_counts_most()
    {
        // Whether the student has the class at each of five looks.
        string[] looks = ["10101", "11111", "00000", "01110", "00001", "11010"];
        var scores = new StudentScores(Fractions.Of(new(), [.. looks.Select((_, row) => row % 2)]), All);
        for (int look = 0; look < 5; look++)
            Look(scores, new LogitTable([.. looks.SelectMany((has, row) => (has[look] == '1') == (row % 2 == 1) ? new[] { 0f, 1f } : [1f, 0f])], 2));
        Assert.Equal([2, 0, 6, 1, 0, 2], scores.Of(Score.Forgetting));
    }

    [Fact]
    public void What_is_remembered_is_saved_and_goes_on_as_if_it_had_not_been()
    {
        FractionTexts texts = Fractions.Of(new(), RandomTables.Labels(3, 40, 3), RandomTables.Logits(1, 40, 3));
        StudentScores whole = new(texts, All), before = new(texts, All), after = new(texts, All);
        foreach (int seed in (int[])[5, 6, 7])
        {
            Look(whole, RandomTables.Logits(seed, 40, 3));
            Look(before, RandomTables.Logits(seed, 40, 3));
        }
        long live = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        var state = new FractionState(_folder.Path);
        state.Save(7, before.State());
        after.Restore(state.Load(7, after.State()));
        Assert.Equal(live, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
        Assert.Equal(3, after.Looks);
        AssertSame(whole, after);
        Look(whole, RandomTables.Logits(8, 40, 3));
        Look(after, RandomTables.Logits(8, 40, 3));
        AssertSame(whole, after);
        Assert.NotEqual(whole.Of(Score.Variability), before.Of(Score.Variability));
    }

    [Fact]
    public void A_look_can_be_stopped()
    {
        using var stop = new CancellationTokenSource();
        stop.Cancel();
        var scores = new StudentScores(Fractions.Of(new(), 0, 1), All);
        Assert.Throws<OperationCanceledException>(() => scores.Look(_ => throw new InvalidOperationException("asked"), stop.Token));
    }

    [Fact]
    public void A_score_of_the_teacher_is_none_of_the_student()
    {
        var scores = new StudentScores(Fractions.Of(new(), 0, 1), All);
        Assert.Throws<ArgumentOutOfRangeException>(() => scores.Of(Score.Entropy));
    }

    private static void AssertSame(StudentScores expected, StudentScores actual)
    {
        foreach (Score score in All)
            Assert.Equal(expected.Of(score), actual.Of(score));
    }

    private static void Look(StudentScores scores, LogitTable student) => scores.Look(student.Choose, TestContext.Current.CancellationToken);
}
