using Retort.Data;
using Retort.Evaluation;
using Retort.Metrics;
using Retort.Reports;

namespace Retort.Tests.Reports;

public sealed class DisagreementsTests
{
    private static readonly Corpus Texts = new("test.tsv", TaskKind.SingleLabel, new LabelSet(["a", "b", "c"]), [new("t0", 0), new("t1", 1), new("t2", 2), new("t3", 0), new("t4", 0)]);
    private static readonly LogitTable Teacher = new([4, 0, 0, 0, 4, 0, 0, 4, 0, 4, 0, 0, 2, 0, 0], 3);
    private static readonly LogitTable Student = new([4, 0, 0, 0, 0, 2, 4, 0, 0, 0, 4, 0, 0, 2, 0], 3);

    [Fact]
    public void Texts_are_grouped_by_who_is_right_the_surest_first()
    {
        Disagreements found = Of(Texts, 10);
        Assert.Equal(new Dictionary<WhoIsRight, int> { [WhoIsRight.TeacherRight] = 3, [WhoIsRight.NeitherRight] = 1 }, found.Counts);
        Assert.Equal(["t3", "t1", "t4", "t2"], found.Examples.Select(example => example.Text));
        Disagreement first = found.Examples[0];
        Assert.Equal((WhoIsRight.TeacherRight, "a", "a", "b"), (first.WhoIsRight, first.Label, first.Teacher, first.Student));
        // The student's logits are divided by its temperature.
        Assert.Equal(Math.Exp(4) / (Math.Exp(4) + 2), first.TeacherProbability, 9);
        Assert.Equal(Math.Exp(2) / (Math.Exp(2) + 2), first.StudentProbability, 9);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1, "t3")]
    [InlineData(2, "t3", "t2")]
    [InlineData(3, "t3", "t1", "t2")]
    public void What_is_shown_is_taken_from_all_groups_in_turn(int most, params string[] texts)
    {
        Disagreements found = Of(Texts, most);
        Assert.Equal(texts, found.Examples.Select(example => example.Text));
        Assert.Equal(4, found.Counts.Values.Sum());
    }

    [Fact]
    public void Without_labels_nobody_is_right()
    {
        Disagreements found = Of(Texts with { LabelledByTeacher = true }, 10);
        Assert.Equal([WhoIsRight.Unknown], found.Counts.Keys);
        Assert.All(found.Examples, example => Assert.Empty(example.Label));
    }

    [Fact]
    public void Of_several_classes_the_sets_are_compared_and_the_least_sure_class_is_told()
    {
        var corpus = new Corpus("t", TaskKind.MultiLabel, new LabelSet(["x", "y"]), [new("one", -1, [1, 1]), new("two", -1, [1, 0])]);
        Disagreements found = Disagreements.Of(Role.Student, 1, "test", corpus, (new LogitTable([4, 1, 4, -4], 2), 1), (new LogitTable([4, -2, 4, -4], 2), 1), 5);
        Disagreement one = Assert.Single(found.Examples);
        Assert.Equal((WhoIsRight.TeacherRight, "x, y", "x, y", "x"), (one.WhoIsRight, one.Label, one.Teacher, one.Student));
        Assert.Equal(1 / (1 + Math.Exp(-1)), one.TeacherProbability, 12);
        Assert.Equal(1 / (1 + Math.Exp(-2)), one.StudentProbability, 12);
    }

    private static Disagreements Of(Corpus corpus, int most) => Disagreements.Of(Role.Student, 1, "test", corpus, (Teacher, 1), (Student, 2), most);
}
