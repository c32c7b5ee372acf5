using Retort.Metrics;

namespace Retort.Tests.Metrics;

public sealed class SingleLabelTests
{
    // Predictions 0 0 1 1 1 2, truth 0 1 1 1 0 2; class 3 occurs in neither.
    private static readonly LogitTable Logits = new(
        [9, 1, 1, 1, 9, 1, 1, 1, 1, 9, 1, 1, 1, 9, 1, 1, 1, 9, 1, 1, 1, 1, 9, 1], 4);
    private static readonly int[] Truth = [0, 1, 1, 1, 0, 2];

    [Fact]
    public void Scores_match_those_computed_by_hand()
    {
        ConfusionMatrix matrix = SingleLabel.Confusion(Logits, Truth);

        Assert.Equal(4.0 / 6, SingleLabel.Accuracy(Logits, Truth), 12);
        Assert.Equal(4.0 / 6, matrix.Accuracy, 12);
        Assert.Equal((1, 1, 1, 2, 1), (matrix[0, 0], matrix[0, 1], matrix[1, 0], matrix[1, 1], matrix[2, 2]));
        Assert.Equal(new ClassScores(0.5, 0.5, 0.5, 2, 2), matrix.PerClass[0]);
        Assert.Equal(new ClassScores(2.0 / 3, 2.0 / 3, 2.0 / 3, 3, 3), matrix.PerClass[1]);
        Assert.Equal([true, false, true, true, false, true], SingleLabel.Right(Logits, Truth));
    }

    [Fact]
    public void A_class_in_neither_truth_nor_prediction_stays_out_of_macro_f1()
    {
        Assert.True(SingleLabel.Confusion(Logits, Truth).PerClass[3].IsAbsent);
        Assert.Equal((0.5 + 2.0 / 3 + 1) / 3, SingleLabel.MacroF1(Logits, Truth), 12);
    }

    [Fact]
    public void A_class_that_is_only_predicted_or_only_true_counts_with_zero()
    {
        var logits = new LogitTable([1, 0, 0, 0, 1, 0], 3);

        Assert.Equal((1.0 + 0 + 0) / 3, SingleLabel.MacroF1(logits, [0, 2]), 12);
    }

    [Fact]
    public void Divergence_of_a_fair_from_a_biased_coin_is_that_of_the_textbook()
    {
        var student = new LogitTable([0, 0], 2);
        var teacher = new LogitTable([MathF.Log(3), 0], 2);

        Assert.Equal(0.75 * Math.Log(1.5) + 0.25 * Math.Log(0.5), SingleLabel.Divergence(student, teacher), 7);
        Assert.Equal(0.5 * Math.Log(2.0 / 3) + 0.5 * Math.Log(2), SingleLabel.Divergence(teacher, student), 7);
    }

    [Fact]
    public void Divergence_stays_finite_where_softmax_would_underflow()
    {
        var student = new LogitTable([0, 4000], 2);
        var teacher = new LogitTable([4000, 0], 2);

        Assert.Equal(4000, SingleLabel.Divergence(student, teacher), 6);
        Assert.Equal(400, SingleLabel.Divergence(student, teacher, 10), 6);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Divergence_is_never_negative_zero_to_oneself_and_blind_to_shifts(int seed)
    {
        LogitTable student = RandomTables.Logits(seed, 200, 5), teacher = RandomTables.Logits(seed + 100, 200, 5);
        var shifted = new LogitTable(teacher.Values.Select((z, j) => z + j / 5 % 7).ToArray(), 5);

        Assert.True(SingleLabel.Divergence(student, teacher) > 0);
        Assert.Equal(0, SingleLabel.Divergence(student, student));
        Assert.Equal(SingleLabel.Divergence(student, teacher), SingleLabel.Divergence(student, shifted), 5);
        Assert.Equal(SingleLabel.Agreement(student, teacher), SingleLabel.Agreement(teacher, student));
        Assert.Equal(1, SingleLabel.Agreement(student, student));
    }

    [Fact]
    public void Agreement_is_the_share_of_equal_classes()
    {
        var teacher = new LogitTable([9, 1, 1, 1, 1, 9, 1, 1, 1, 9, 1, 1, 1, 9, 1, 1, 1, 9, 1, 1, 1, 1, 1, 9], 4);

        Assert.Equal(4.0 / 6, SingleLabel.Agreement(Logits, teacher), 12);
    }

    [Fact]
    public void Negative_log_likelihood_is_that_of_the_label_at_the_temperature()
    {
        var logits = new LogitTable([MathF.Log(3), 0, 0, 0], 2);

        Assert.Equal((Math.Log(4) + Math.Log(2)) / 2, SingleLabel.NegativeLogLikelihood(logits, [1, 0]), 7);
        double root = Math.Sqrt(3);
        Assert.Equal((Math.Log(1 + root) + Math.Log(2)) / 2, SingleLabel.NegativeLogLikelihood(logits, [1, 0], 2), 7);
    }

    [Fact]
    public void Empty_and_ill_matched_input_is_refused_with_the_numbers()
    {
        var none = new LogitTable([], 4);

        Assert.Contains("there are no rows of logits", Refused(() => SingleLabel.Accuracy(none, [])), StringComparison.Ordinal);
        Assert.Contains("6 rows of logits stand against 1 labels", Refused(() => SingleLabel.MacroF1(Logits, [0])),
            StringComparison.Ordinal);
        Assert.Contains("the label of text 5 is 4", Refused(() => SingleLabel.Accuracy(Logits, [0, 0, 0, 0, 0, 4])),
            StringComparison.Ordinal);
        Assert.Contains("the student has 4 classes and the teacher 2",
            Refused(() => SingleLabel.Agreement(Logits, new LogitTable(new float[12], 2))), StringComparison.Ordinal);
        Assert.Contains("the temperature is 0", Refused(() => SingleLabel.Divergence(Logits, Logits, 0)),
            StringComparison.Ordinal);
    }

    private static string Refused(Func<double> score) => Assert.Throws<ArgumentException>(() => score()).Message;
}
