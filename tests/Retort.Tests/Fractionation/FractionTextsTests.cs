using Retort.Data;
using Retort.Fractionation;
using Retort.Metrics;
using Retort.Runs;

namespace Retort.Tests.Fractionation;

public sealed class FractionTextsTests
{
    private static readonly LabelSet Labels = new(["x", "y"]);

    // The teacher says y, x, y, y.
    private static readonly LogitTable Teacher = new([0, 1, 2, 0, 0, 3, 0, 0.5f], 2);

    [Fact]
    public void A_text_has_the_class_of_its_label_and_without_one_the_teachers()
    {
        var labelled = new Corpus("t", TaskKind.SingleLabel, Labels, [new Sample("a", 0), new Sample("b", 0)]);
        FractionTexts texts = FractionTexts.Of(new(), labelled, Teacher);
        Assert.Equal([0, 0, 1, 1], texts.Classes);
        Assert.Equal([2, 2], texts.ClassCounts);
        Assert.Equal([1, 0, 1, 1], FractionTexts.Of(new(), labelled with { LabelledByTeacher = true }, Teacher).Classes);
    }

    [Fact]
    public void Only_the_teachers_scores_that_are_asked_for_are_computed()
    {
        var labelled = new Corpus("t", TaskKind.SingleLabel, Labels, [new Sample("a", 0)]);
        FractionTexts texts = FractionTexts.Of(new() { Scores = [Score.Margin, Score.Random, Score.Variability] }, labelled, Teacher);
        Assert.Equal([Score.Margin], texts.Scores.Keys);
        double[] margins = texts.Scores[Score.Margin];
        Assert.Equal([3, 0, 1, 2], Enumerable.Range(0, 4).OrderByDescending(row => margins[row]));
    }

    [Fact]
    public void Texts_with_answers_of_others_go_by_them_and_the_rest_by_the_teachers()
    {
        var labelled = new Corpus("t", TaskKind.SingleLabel, Labels, [new Sample("a", 0), new Sample("b", 0)]);
        var givens = new FractionGivens(new Dictionary<Score, double[]>(), null, null) { Answers = new LogitTable([0, 9, 0, 0], 2) };
        FractionTexts texts = FractionTexts.Of(new() { Scores = [Score.LeastConfidence] }, labelled, Teacher, givens);
        double[] expected = [1 / (1 + Math.Exp(9)), 0.5, 1 / (1 + Math.Exp(3)), 1 / (1 + Math.Exp(0.5))];
        Assert.Equal(expected, texts.Scores[Score.LeastConfidence], (a, b) => Math.Abs(a - b) < 1e-6);
        // What the student learns is what the teacher says.
        Assert.Equal(Teacher.Row(1).ToArray(), texts.Teacher.Choose([1]).Values);
    }

    [Fact]
    public void In_rounds_by_a_proxys_answers_the_teacher_is_not_asked()
    {
        var labelled = new Corpus("t", TaskKind.SingleLabel, Labels, [new Sample("a", 0), new Sample("b", 1)]);
        FractionationOptions options = new() { Scores = [Score.Entropy, Score.Random], Schedule = Schedule.Rounds, Proxy = "p.tsv" };
        var givens = new FractionGivens(new Dictionary<Score, double[]>(), null, null) { Answers = new LogitTable([0, 0, 0, 9, 5, 0], 2) };
        FractionTexts texts = FractionTexts.Of(options, labelled, new Unasked(3), givens);
        Assert.Equal([Score.Entropy], texts.Scores.Keys);
        Assert.Equal([0, 2, 1], Enumerable.Range(0, 3).OrderByDescending(row => texts.Scores[Score.Entropy][row]));
        Assert.Equal(Math.Log(2), texts.Scores[Score.Entropy][0], 1e-9);
        // The third has no label, and what the proxy says is not its class.
        Assert.Empty(texts.Classes);
    }

    [Theory]
    [InlineData("class_quota")]
    [InlineData("class_balance")]
    [InlineData("logit_adjustment")]
    [InlineData("scores")]
    public void What_goes_by_the_class_of_a_text_is_refused_where_it_has_several(string key)
    {
        FractionationOptions all = new() { Scores = [Score.Entropy] };
        FractionationOptions options = key switch
        {
            "class_quota" => all with { ClassQuota = ClassQuota.Equal },
            "class_balance" => all with { ClassBalance = ClassBalance.Inverse },
            "logit_adjustment" => all with { LogitAdjustment = 1 },
            _ => all with { Scores = [Score.Entropy, Score.Forgetting] },
        };
        var several = new Corpus("m", TaskKind.MultiLabel, Labels, [new Sample("a", -1, [1, 1])]);
        var error = Assert.Throws<UsageException>(() => FractionTexts.Of(options, several, Teacher));
        Assert.Equal($"fractionation.{key}", error.Key);
        Assert.Contains("the task is multi-label", error.Message, StringComparison.Ordinal);
        Assert.Empty(FractionTexts.Of(all, several, Teacher).Classes);
    }

    /// <summary>A teacher that must not be asked.</summary>
    private sealed class Unasked(int count) : ILogitRows
    {
        public int Count => count;

        public int Classes => 2;

        public LogitTable Choose(IReadOnlyList<int> rows) => throw new InvalidOperationException("the teacher is asked");
    }
}
