using Retort.Data;
using Retort.Metrics;
using Retort.Transfer.SelfTraining;

namespace Retort.Tests.Transfer;

public sealed class ConfidentTextsTests
{
    private static readonly SelfTrainingOptions Options = new() { Rounds = 1, Texts = 4, Confidence = 0.9 };

    [Fact]
    public void Only_sure_texts_are_taken_in_the_proportions_of_train()
    {
        // Three of four rows of train are a: three texts of a and one of b.
        string[] texts = [.. Enumerable.Range(0, 20).Select(k => $"t{k}")];
        float[] logits = [.. Enumerable.Range(0, 20).SelectMany(k => k % 2 == 0 ? new[] { 1f + k, 0 } : [0, 1f + k])];
        Sample[] chosen = ConfidentTexts.Choose(Options, Train(0, 0, 0, 1), texts, new LogitTable(logits, 2), States(texts.Length, k => k));
        Assert.Equal([0, 0, 0, 1], chosen.Select(sample => sample.Label));
        // 2.2 is the logit of 0.9: the first two of each class are less sure.
        Assert.All(chosen, sample => Assert.True(int.Parse(sample.Text[1..], System.Globalization.CultureInfo.InvariantCulture) >= 2));
        Assert.Equal(4, chosen.Select(sample => sample.Text).Distinct().Count());
    }

    [Fact]
    public void Of_sure_texts_those_that_are_unlike_are_taken()
    {
        // The surest are copies of one another, all but one; the quota is two.
        string[] texts = [.. Enumerable.Range(0, 6).Select(k => $"t{k}")];
        float[] logits = [.. Enumerable.Range(0, 6).SelectMany(k => new[] { 10f - k, 0 })];
        Sample[] chosen = ConfidentTexts.Choose(Options with { Texts = 2 }, Train(0, 0), texts, new LogitTable(logits, 2), States(6, k => k == 4 ? 9 : 0));
        Assert.Equal(["t0", "t4"], chosen.Select(sample => sample.Text));
    }

    [Fact]
    public void There_may_be_fewer_than_asked_for_or_none()
    {
        string[] texts = ["x", "y"];
        Assert.Single(ConfidentTexts.Choose(Options, Train(0, 1), texts, new LogitTable([9, 0, 1, 0], 2), States(2, k => k)));
        Assert.Empty(ConfidentTexts.Choose(Options, Train(0, 1), texts, new LogitTable([1, 0, 1, 0], 2), States(2, k => k)));
    }

    [Fact]
    public void A_pool_is_drawn_by_its_seed()
    {
        string[] texts = [.. Enumerable.Range(0, 100).Select(k => $"{k:00}")];
        IReadOnlyList<string> one = ConfidentTexts.Pool(texts, 10, 1);
        Assert.Equal(one, ConfidentTexts.Pool(texts, 10, 1));
        Assert.NotEqual(one, ConfidentTexts.Pool(texts, 10, 2));
        Assert.Equal(10, one.Distinct().Count());
        Assert.Equal(one.Order(StringComparer.Ordinal), one);
        Assert.Same(texts, ConfidentTexts.Pool(texts, 0, 1));
        Assert.Same(texts, ConfidentTexts.Pool(texts, 100, 1));
    }

    private static Corpus Train(params int[] labels) => new("train", TaskKind.SingleLabel, new LabelSet(["a", "b"]),
        labels.Select((label, k) => new Sample($"{k}", label)).ToArray());

    private static float[] States(int texts, Func<int, float> first) => [.. Enumerable.Range(0, texts).SelectMany(k => new[] { first(k), 1, 2 })];
}
