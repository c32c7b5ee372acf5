using Retort.Data;
using Retort.Fractionation;
using Retort.Runs;

namespace Retort.Tests.Fractionation;

public sealed class FoldsTests
{
    private static readonly LabelSet Labels = new(["x", "y", "z"]);

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(7)]
    public void Each_class_is_spread_evenly_over_the_folds(int folds)
    {
        Corpus corpus = Rows(100, k => k % 10 == 0 ? 2 : k % 2);
        int[] assigned = Folds.Assign(corpus, folds, seed: 1);
        for (int c = 0; c < 3; c++)
        {
            int[] counts = [.. Enumerable.Range(0, folds).Select(fold => Enumerable.Range(0, 100).Count(k => assigned[k] == fold && corpus.Samples[k].Label == c))];
            Assert.InRange(counts.Max() - counts.Min(), 0, 1);
        }
    }

    [Fact]
    public void The_seed_draws_them()
    {
        Corpus corpus = Rows(100, k => k % 3);
        Assert.Equal(Folds.Assign(corpus, 4, 1), Folds.Assign(corpus, 4, 1));
        Assert.NotEqual(Folds.Assign(corpus, 4, 1), Folds.Assign(corpus, 4, 2));
    }

    [Fact]
    public void Texts_that_are_alike_stand_in_one_fold_whatever_their_labels()
    {
        Corpus corpus = Rows(40, k => k % 3);
        corpus = corpus with { Samples = [.. corpus.Samples, .. corpus.Samples.Select((sample, k) => new Sample(sample.Text.ToUpperInvariant() + " ", (k + 1) % 3))] };
        int[] assigned = Folds.Assign(corpus, 5, seed: 1);
        Assert.Equal(assigned[..40], assigned[40..]);
    }

    [Fact]
    public void Texts_with_several_labels_are_spread_evenly()
    {
        var corpus = new Corpus("t", TaskKind.MultiLabel, Labels, [.. Enumerable.Range(0, 31).Select(k => new Sample($"text {k}", -1, [1, 0, 1]))]);
        Assert.Equal([11, 10, 10], Folds.Assign(corpus, 3, seed: 1).CountBy(fold => fold).OrderBy(pair => pair.Key).Select(pair => pair.Value));
    }

    [Fact]
    public void Many_small_classes_fill_the_folds_alike()
    {
        var labels = new LabelSet(Enumerable.Range(0, 30).Select(k => $"class {k}").ToArray());
        var corpus = new Corpus("t", TaskKind.SingleLabel, labels, [.. Enumerable.Range(0, 90).Select(k => new Sample($"text {k}", k % 30))]);
        Assert.Equal([45, 45], Folds.Assign(corpus, 2, seed: 1).CountBy(fold => fold).OrderBy(pair => pair.Key).Select(pair => pair.Value));
        var error = Assert.Throws<UsageException>(() => Folds.Assign(corpus, 91, seed: 1));
        Assert.Equal("fractionation.folds is 91, and train has 90 different texts: expected no more folds", error.Message);
    }

    [Fact]
    public void A_class_of_one_text_is_refused()
    {
        var error = Assert.Throws<UsageException>(() => Folds.Assign(Rows(20, k => k == 7 ? 2 : k % 2), 2, seed: 1));
        Assert.Equal("fractionation.folds", error.Key);
        Assert.Equal("fractionation.folds is 2, and of the class 'z' train has one text, which no encoder could answer for that has seen the class: "
            + "expected at least two different texts of each class, or folds of 0", error.Message);
    }

    private static Corpus Rows(int count, Func<int, int> label) =>
        new("t", TaskKind.SingleLabel, Labels, [.. Enumerable.Range(0, count).Select(k => new Sample($"text {k}", label(k)))]);
}
