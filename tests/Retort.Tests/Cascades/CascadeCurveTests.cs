using Retort.Cascades;
using Retort.Metrics;
using Retort.Runs;
using Retort.Runtime;

namespace Retort.Tests.Cascades;

public sealed class CascadeCurveTests
{
    [Fact]
    public void Answers_are_compared_with_labels()
    {
        PartAnswers part = PartAnswers.Of([new Classification(0, "a", 0.75f), new Classification(1, "b", 0.5f)], new LogitTable([1, 2, 3, 4], 2), [0, 1]);
        Assert.Equal([0.75, 0.5], part.Confidence);
        Assert.Equal([true, true], part.StudentRight);
        Assert.Equal([false, true], part.TeacherRight);
        Assert.Equal((1, 0.5), (part.StudentAccuracy, part.TeacherAccuracy));
    }

    [Fact]
    public void The_student_answers_from_the_threshold_on()
    {
        var part = new PartAnswers([0.5, 0.6, 0.7, 0.8], [false, false, false, true], [true, true, false, false]);
        CascadeScore score = CascadeCurve.Score(part, 0.6, 0.95);
        Assert.Equal((0.25, 0.5, 1, 1), (score.Deferred, score.Accuracy, score.OnlyTeacher, score.OnlyCascade));
        Assert.Equal(100 * PairedDifference.UpperLimit(1, 1, 4, 0.95), score.UpperLimit);
    }

    [Fact]
    public void Thresholds_fall_from_never_to_always_and_are_no_more_than_can_be_told_apart()
    {
        Assert.Equal([2, 0.9, 0.7, 0.6, 0], CascadeCurve.Thresholds([0.7, 0.6, 0.5, 0.9]));
        Assert.Equal([2, 0.9, 0], CascadeCurve.Thresholds([0.9, 0.9, 0.9]));
        Assert.Equal([2, 0], CascadeCurve.Thresholds([0.9]));
        double[] many = CascadeCurve.Thresholds([.. Enumerable.Range(0, 10_000).Select(k => 0.5 + k / 20_001.0)]);
        Assert.Equal(201, many.Length);
        Assert.Equal(many.OrderDescending(), many);
    }

    [Fact]
    public void Each_threshold_defers_as_many_more_to_the_student_as_the_one_before()
    {
        var part = new PartAnswers([.. Enumerable.Range(0, 1000).Select(k => k / 1000.0)], new bool[1000], new bool[1000]);
        IReadOnlyList<CascadePoint> curve = CascadeCurve.Of(part, part, 0.95);
        Assert.Equal(Enumerable.Range(0, 201).Select(k => 1 - k / 200.0), curve.Select(point => point.Dev.Deferred), (one, other) => Math.Abs(one - other) < 1e-9);
    }

    [Fact]
    public void Where_the_teacher_answers_all_nothing_can_be_lost()
    {
        var part = new PartAnswers([0.9f], [false], [true]);
        Assert.Equal(0, CascadeCurve.Score(part, CascadeCurve.Never, 0.95).UpperLimit);
        Assert.True(CascadeCurve.Score(part, 0, 0.95).UpperLimit > 70);
    }

    [Fact]
    public void The_first_that_fails_ends_it()
    {
        CascadePoint[] curve = [Point(1, 0), Point(0.8, 0.4), Point(0.6, 0.6), Point(0.4, 0.3), Point(0, 2)];
        Assert.Equal(0.8, CascadeCurve.Choose(curve, 0.5).Dev.Deferred);
        Assert.Equal(0.4, CascadeCurve.Choose(curve, 0.6).Dev.Deferred);
        Assert.Equal(1, CascadeCurve.Choose(curve, 0.1).Dev.Deferred);
        Assert.Equal(0, CascadeCurve.Choose(curve, 2).Dev.Deferred);
        // Its limit alone would be 0.3, but that of 0.6 stands before it.
        Assert.Equal(0.6, CascadeCurve.EpsilonFor(curve, 0.5));
        Assert.Equal(2, CascadeCurve.EpsilonFor(curve, 0.9));
        Assert.Equal(0.4, CascadeCurve.EpsilonFor(curve, 0.1));
    }

    [Fact]
    public void The_point_estimate_is_the_last_that_is_as_good_as_the_teacher()
    {
        CascadePoint[] curve = [Point(1, 0, 0.9), Point(0.8, 9, 0.95), Point(0.6, 9, 0.89), Point(0.4, 9, 0.9), Point(0, 9, 0.8)];
        Assert.Equal(0.4, CascadeCurve.PointEstimate(curve).Dev.Deferred);
    }

    /// <summary>
    /// A known population: the confidence is spread evenly over 0 to 1, the teacher is right on 92 % of the texts of any confidence, the student on 80 % where
    /// it is least sure and 96 % where it is surest. A cascade whose student answers the surest share a then loses 8 a² − 4 a points: half a point at a = 0.604.
    /// </summary>
    [Theory]
    [InlineData(600, 1000, 0.5, 0.05)]
    [InlineData(200, 4000, 0.5, 0.3)]
    [InlineData(200, 4000, 2, 0.65)]
    public void What_is_chosen_on_dev_holds_in_the_population(int draws, int texts, double epsilon, double answered)
    {
        var random = new SeededRandom(7);
        int broken = 0;
        double sum = 0;
        for (int draw = 0; draw < draws; draw++)
        {
            PartAnswers dev = Draw(random, texts);
            double share = 1 - Math.Min(CascadeCurve.Choose(CascadeCurve.Thresholds(dev.Confidence).Select(threshold => Point(dev, threshold)), epsilon).Threshold, 1);
            broken += 8 * share * share - 4 * share > epsilon ? 1 : 0;
            sum += share;
        }
        // Three standard errors of so many draws above.
        Assert.InRange(broken / (double)draws, 0, 0.05 + 3 * Math.Sqrt(0.05 * 0.95 / draws));
        // Who promises all by doing nothing keeps it, too.
        Assert.True(sum / draws > answered, $"the student answers {sum / draws}");
    }

    private static PartAnswers Draw(SeededRandom random, int texts)
    {
        double[] confidence = new double[texts];
        bool[] student = new bool[texts], teacher = new bool[texts];
        for (int k = 0; k < texts; k++)
        {
            confidence[k] = Uniform();
            student[k] = Uniform() < 0.8 + 0.16 * confidence[k];
            teacher[k] = Uniform() < 0.92;
        }
        return new PartAnswers(confidence, student, teacher);

        double Uniform() => random.Share();
    }

    private static CascadePoint Point(PartAnswers dev, double threshold)
    {
        CascadeScore score = CascadeCurve.Score(dev, threshold, 0.95);
        return new CascadePoint(threshold, score, score);
    }

    private static CascadePoint Point(double deferred, double limit, double accuracy = 0.9)
    {
        var score = new CascadeScore(deferred, accuracy, 0, 0, limit);
        return new CascadePoint(deferred, score, score);
    }
}
