using Retort.Data;
using Retort.Metrics;
using Retort.Runs;
using Retort.Signals;
using Retort.Teachers;

namespace Retort.Tests.Signals;

public sealed class EnsembleTests
{
    private static readonly LabelSet Labels = new(["a", "b"]);

    [Fact]
    public void A_text_that_one_teacher_knows_keeps_its_logits_to_the_bit()
    {
        PartialLogits one = Known([3, 1, 7, 8], true, false), two = Known([9, 9, 0.1f, -5], false, true);
        foreach (Combination combination in Enum.GetValues<Combination>().Except([Combination.DevAccuracy, Combination.Learned, Combination.ByClass]))
            Assert.Equal([3f, 1, 0.1f, -5], Ensemble.Fit(combination, Dev(0, 1), [one, two]).Combine([one, two]).Values);
    }

    /// <summary>No combination looks at other texts than its own: a transfer set may be combined a block at a time.</summary>
    [Theory]
    [MemberData(nameof(Combinations))]
    public void Blocks_of_texts_come_to_what_all_at_once_come_to(Combination combination)
    {
        var random = new Random(3);
        PartialLogits[] members = [.. Enumerable.Range(0, 3).Select(_ => new PartialLogits(
            new LogitTable([.. Enumerable.Range(0, 200).Select(_ => (float)(random.NextDouble() * 8 - 4))], 2), [.. Enumerable.Range(0, 100).Select(k => k % 7 != 0)]))];
        members[0] = members[0] with { Known = Enumerable.Repeat(true, 100).ToArray() };
        Corpus dev = Dev([.. Enumerable.Range(0, 100).Select(k => k % 2)]);
        var ensemble = Ensemble.Fit(combination, dev, members);
        float[]? Target(int k) => k < 40 ? dev.TargetRow(k) : null;
        float[] blocks = [.. Enumerable.Range(0, 100).Chunk(17).SelectMany(rows =>
            ensemble.Combine(Array.ConvertAll(members, member => member.Choose(rows)), k => Target(rows[k])).Values)];
        Assert.Equal(ensemble.Combine(members, Target).Values, blocks);
    }

    public static TheoryData<Combination> Combinations => [.. Enum.GetValues<Combination>()];

    [Fact]
    public void First_takes_the_first_that_knows_the_text()
    {
        PartialLogits one = Known([3, 1, 7, 8], true, false), two = Known([9, 9, 2, -5], true, true);
        Assert.Equal([3f, 1, 2, -5], Ensemble.Fit(Combination.First, Dev(0, 1), [one, two]).Combine([one, two]).Values);
    }

    [Fact]
    public void Means_are_of_probabilities_or_of_centred_logits()
    {
        PartialLogits one = Known([4, 0], true), two = Known([11, 9], true);
        float[] logits = Ensemble.Fit(Combination.MeanLogits, Dev(0), [one, two]).Combine([one, two]).Values;
        Assert.Equal([1.5f, -1.5f], logits);
        float[] mean = Ensemble.Fit(Combination.MeanProbabilities, Dev(0), [one, two]).Combine([one, two]).Values;
        double p = (Sigmoid(4) + Sigmoid(2)) / 2;
        AssertProbability(p, mean);
        Assert.Equal(0, mean[0] + mean[1], 1e-5f);
    }

    [Fact]
    public void Confidence_weighs_by_exp_of_minus_the_entropy()
    {
        PartialLogits one = Known([3, 0], true), two = Known([0, 0.5f], true);
        double first = Math.Exp(-Entropy(Sigmoid(3))), second = Math.Exp(-Entropy(Sigmoid(-0.5)));
        double expected = (first * Sigmoid(3) + second * Sigmoid(-0.5)) / (first + second);
        AssertProbability(expected, Ensemble.Fit(Combination.Confidence, Dev(0), [one, two]).Combine([one, two]).Values);
    }

    [Fact]
    public void Correctness_weighs_by_the_label_where_there_is_one()
    {
        PartialLogits[] members = [Known([2, 0, 2, 0], true, true), Known([0, 1, 0, 1], true, true)];
        var ensemble = Ensemble.Fit(Combination.Correctness, Dev(0, 1), members);
        float[] logits = ensemble.Combine(members, k => k == 0 ? [0, 1] : null).Values;
        double one = -Math.Log(Sigmoid(-2)), two = -Math.Log(Sigmoid(1)), share = Math.Exp(one) / (Math.Exp(one) + Math.Exp(two));
        AssertProbability((1 - share) * Sigmoid(2) + share * Sigmoid(-1), logits[..2]);
        float[] sure = Ensemble.Fit(Combination.Confidence, Dev(0, 1), members).Combine(members).Values;
        Assert.Equal(sure[2..], logits[2..]);
    }

    [Fact]
    public void Dev_accuracy_weighs_by_log_odds()
    {
        // 9 of 10 right against 6 of 10; one more of each is added.
        int[] labels = [.. Enumerable.Repeat(0, 10)];
        PartialLogits good = Votes(labels, wrong: 1), poor = Votes(labels, wrong: 4);
        var ensemble = Ensemble.Fit(Combination.DevAccuracy, Dev(labels), [good, poor]);
        double one = Math.Log(10.0 / 2), two = Math.Log(7.0 / 5);
        Assert.Equal(one / (one + two), ensemble.Weights[0], 1e-9);
        Assert.Equal(1, ensemble.Weights.Sum(), 1e-9);
    }

    [Fact]
    public void Learned_weights_make_dev_likelier_than_any_others()
    {
        int[] labels = Enumerable.Range(0, 200).Select(k => k % 2).ToArray();
        PartialLogits[] members = [Noisy(labels, 1), Noisy(labels, 2), Noisy(labels, 3)];
        var ensemble = Ensemble.Fit(Combination.Learned, Dev(labels), members);
        double best = SingleLabel.NegativeLogLikelihood(ensemble.Combine(members), labels);
        Assert.Equal(1, ensemble.Weights.Sum(), 1e-9);
        Assert.True(best <= SingleLabel.NegativeLogLikelihood(Ensemble.Fit(Combination.MeanProbabilities, Dev(labels), members).Combine(members), labels) + 1e-6);
        Assert.All(members, member => Assert.True(best <= SingleLabel.NegativeLogLikelihood(member.Logits, labels) + 1e-4));
    }

    [Fact]
    public void By_class_takes_the_teacher_that_is_best_for_the_class()
    {
        // The first finds every a but takes a third of b for it; the second the other way round.
        int[] labels = [0, 0, 0, 1, 1, 1];
        PartialLogits one = Known([5, 0, 5, 0, 5, 0, 3, 0, 0, 5, 0, 5], true, true, true, true, true, true);
        PartialLogits two = Known([6, 0, 6, 0, 0, 1, 0, 6, 0, 6, 0, 6], true, true, true, true, true, true);
        var ensemble = Ensemble.Fit(Combination.ByClass, Dev(labels), [one, two]);
        Assert.Equal([2.5f, -2.5f], ensemble.Combine([Known([5, 0], true), Known([1, 0], true)]).Values);
        Assert.Equal([-4f, 4f], ensemble.Combine([Known([0, 1], true), Known([0, 8], true)]).Values);
    }

    [Theory]
    [InlineData(Combination.DevAccuracy)]
    [InlineData(Combination.Learned)]
    [InlineData(Combination.ByClass)]
    public void What_is_chosen_on_dev_needs_signals_of_dev(Combination combination)
    {
        var error = Assert.Throws<UsageException>(() => Ensemble.Fit(combination, Dev(0), [Known([1, 0], true), Known([1, 0], false)]));
        Assert.Equal("teacher.combine", error.Key);
    }

    [Fact]
    public void Several_labels_are_combined_class_by_class()
    {
        Corpus dev = Dev(0) with { Kind = TaskKind.MultiLabel, Samples = [new Sample("x", -1, [1, 1])] };
        PartialLogits[] members = [Known([2, -1], true), Known([0, 3], true)];
        float[] logits = Ensemble.Fit(Combination.MeanProbabilities, dev, members).Combine(members).Values;
        Assert.Equal((Sigmoid(2) + Sigmoid(0)) / 2, Sigmoid(logits[0]), 1e-5);
        Assert.Equal((Sigmoid(-1) + Sigmoid(3)) / 2, Sigmoid(logits[1]), 1e-5);
    }

    [Fact]
    public void Classes_are_mapped_by_name()
    {
        Assert.Equal([1, 0], ClassOrder.Of("t", ["b", "a"], Labels));
        Assert.Equal([0, 1], ClassOrder.Of("t", ["A", "B"], Labels));
        foreach (string[] known in (string[][])[["a", "c"], ["a", "b", "c"], ["a"], ["a", "A"]])
        {
            var error = Assert.Throws<UsageException>(() => ClassOrder.Of("t", known, Labels));
            Assert.Contains($"the teacher t knows the classes {string.Join(", ", known)}, the data have a, b", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_teacher_is_scored_beside_the_majority_class_of_train()
    {
        int[] labels = [0, 0, 0, 1];
        TeacherScore score = TeacherScore.Of("t", "dev", Dev(labels), Known([1, 0, 1, 0, 0, 1, 0, 1], true, true, false, true), Dev(labels))!;
        Assert.Equal(("t", "dev", 3, 4, 1.0), (score.Name, score.Part, score.Texts, score.PartTexts, score.Accuracy));
        Assert.Equal(0.5, score.BaselineMacroF1, 1e-9);
        Assert.False(score.IsWeak);
        Assert.True(TeacherScore.Of("t", "dev", Dev(labels), Known([1, 0, 1, 0, 1, 0, 1, 0], true, true, true, true), Dev(labels))!.IsWeak);
        Assert.Null(TeacherScore.Of("t", "dev", Dev(labels), Known(new float[8], false, false, false, false), Dev(labels)));
    }

    private static PartialLogits Known(float[] logits, params bool[] known) => new(new LogitTable(logits, 2), known);

    private static Corpus Dev(params int[] labels) =>
        new("dev", TaskKind.SingleLabel, Labels, labels.Select((label, k) => new Sample($"{k}", label)).ToArray());

    private static PartialLogits Votes(int[] labels, int wrong) => Known(
        labels.SelectMany((label, k) => (label == 0) == (k >= wrong) ? new[] { 1f, 0 } : [0, 1]).ToArray(), labels.Select(_ => true).ToArray());

    private static PartialLogits Noisy(int[] labels, int seed)
    {
        var random = new SeededRandom(seed);
        return Known(labels.SelectMany(label =>
        {
            float noise = random.Below(1000) / 1000f * 4 * seed - 2 * seed;
            return new[] { (label == 0 ? 1 : -1) + noise, 0f };
        }).ToArray(), labels.Select(_ => true).ToArray());
    }

    private static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));

    private static double Entropy(double p) => -p * Math.Log(p) - (1 - p) * Math.Log(1 - p);

    private static void AssertProbability(double expected, float[] logits) => Assert.Equal(expected, Sigmoid(logits[0] - logits[1]), 1e-5);
}
