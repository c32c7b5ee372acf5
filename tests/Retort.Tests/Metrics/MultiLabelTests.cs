using Retort.Metrics;

namespace Retort.Tests.Metrics;

public sealed class MultiLabelTests
{
    // Given {0,1} {1} {} {0}; true {0} {1} {} {0,2}. Class 3 occurs in neither.
    private static readonly LogitTable Logits = new([2, 1, -1, -1, -1, 1, -1, -1, -1, -1, -1, -1, 3, -1, -1, -1], 4);
    private static readonly float[][] Targets = [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 0, 0], [1, 0, 1, 0]];

    [Fact]
    public void Scores_match_those_computed_by_hand()
    {
        ClassScores[] scores = MultiLabel.PerClass(Logits, Targets);

        Assert.Equal([false, true, true, false], MultiLabel.Right(Logits, Targets));
        Assert.Equal(0.5, MultiLabel.SubsetAccuracy(Logits, Targets));
        Assert.Equal(new ClassScores(1, 1, 1, 2, 2), scores[0]);
        Assert.Equal(new ClassScores(0.5, 1, 2.0 / 3, 1, 2), scores[1]);
        Assert.Equal(new ClassScores(0, 0, 0, 1, 0), scores[2]);
        Assert.True(scores[3].IsAbsent);
        Assert.Equal((1 + 2.0 / 3 + 0) / 3, MultiLabel.MacroF1(Logits, Targets), 12);
        Assert.Equal(2 * 3.0 / 8, MultiLabel.MicroF1(Logits, Targets), 12);
    }

    [Fact]
    public void A_logit_of_zero_gives_no_class() =>
        Assert.Equal(1, MultiLabel.SubsetAccuracy(new LogitTable([0, 0], 2), [[0f, 0f]]));

    [Fact]
    public void Agreement_is_of_whole_sets_and_of_each_class()
    {
        var teacher = new LogitTable([2, -1, -1, -1, -1, 1, -1, -1, -1, -1, -1, -1, 3, -1, 1, -1], 4);

        Assert.Equal(0.5, MultiLabel.Agreement(Logits, teacher));
        Assert.Equal([1, 0.75, 0.75, 1], MultiLabel.PerClassAgreement(Logits, teacher));
    }

    [Fact]
    public void Divergence_sums_over_classes_and_stays_finite()
    {
        var student = new LogitTable([0, 0], 2);
        var teacher = new LogitTable([MathF.Log(3), MathF.Log(3)], 2);
        double one = 0.75 * Math.Log(1.5) + 0.25 * Math.Log(0.5);

        Assert.Equal(2 * one, MultiLabel.Divergence(student, teacher), 6);
        Assert.Equal(0, MultiLabel.Divergence(teacher, teacher));
        Assert.Equal(4000, MultiLabel.Divergence(new LogitTable([-2000], 1), new LogitTable([4000], 1), 0.5), 6);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Two_classes_as_one_sigmoid_score_like_a_softmax_of_two(int seed)
    {
        LogitTable softmax = RandomTables.Logits(seed, 300, 2);
        int[] labels = RandomTables.Labels(seed, 300, 2);
        var sigmoid = new LogitTable(Enumerable.Range(0, 300)
            .Select(i => softmax.Values[2 * i + 1] - softmax.Values[2 * i]).ToArray(), 1);
        float[][] targets = labels.Select(label => new float[] { label }).ToArray();

        Assert.Equal(SingleLabel.Accuracy(softmax, labels), MultiLabel.SubsetAccuracy(sigmoid, targets));
        Assert.Equal(SingleLabel.NegativeLogLikelihood(softmax, labels), MultiLabel.NegativeLogLikelihood(sigmoid, targets), 5);
        Assert.Equal(TemperatureFit.Fit(softmax, labels), TemperatureFit.Fit(sigmoid, targets), 4);
    }

    [Fact]
    public void Calibration_is_of_each_class_alone()
    {
        float three = MathF.Log(3);
        var logits = new LogitTable([three, -three, three, -three], 2);

        double[] errors = MultiLabel.PerClassCalibrationError(logits, [[1f, 0f], [0f, 0f]]);

        Assert.Equal(0.25, errors[0], 6);
        Assert.Equal(0.25, errors[1], 6);
    }

    [Fact]
    public void Nothing_true_and_nothing_given_scores_no_f1_but_every_text_right()
    {
        var logits = new LogitTable([-1, -1], 2);

        Assert.Equal(1, MultiLabel.SubsetAccuracy(logits, [[0f, 0f]]));
        Assert.Equal(0, MultiLabel.MicroF1(logits, [[0f, 0f]]));
        Assert.Equal(0, MultiLabel.MacroF1(logits, [[0f, 0f]]));
    }

    [Fact]
    public void Bad_targets_are_refused_with_their_place()
    {
        var logits = new LogitTable([0, 0], 2);

        var length = Assert.Throws<ArgumentException>(() => MultiLabel.MicroF1(logits, [[1f]]));
        Assert.Contains("text 0 has 1 targets", length.Message, StringComparison.Ordinal);
        var value = Assert.Throws<ArgumentException>(() => MultiLabel.MicroF1(logits, [[1f, float.NaN]]));
        Assert.Contains("the target of text 0, class 1 is NaN", value.Message, StringComparison.Ordinal);
    }
}
