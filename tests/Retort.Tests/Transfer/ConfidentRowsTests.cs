using Retort.Metrics;
using Retort.Transfer;

namespace Retort.Tests.Transfer;

public sealed class ConfidentRowsTests
{
    // Largest probabilities: 0.5, 0.88, 0.5, 0.98, 0.88, 0.62.
    private static readonly LogitTable[] Blocks = [new([0, 0, 2, 0, 0, 0], 2), new([0, 4, 0, 2, 0, 0.5f], 2)];

    [Theory]
    [InlineData(0.5, 2, "c d e f")]
    [InlineData(0.6, 2, "d e f")]
    [InlineData(0.8, 2, "d e")]
    [InlineData(0.8, 4, "e")]
    [InlineData(0.8, 0, "b d e")]
    [InlineData(0.99, 0, "")]
    public void Texts_that_the_teacher_is_unsure_of_go_and_labelled_ones_stay(double least, int labelled, string expected)
    {
        string[] texts = ["a", "b", "c", "d", "e", "f"];
        var rows = new ConfidentRows(least, labelled);
        float[] logits = [.. rows.Of(Blocks).SelectMany(block => block.Values)];
        string[] kept = [.. rows.From(texts[labelled..])];
        Assert.Equal(expected, string.Join(' ', kept));
        Assert.Equal(kept, Enumerable.Range(0, kept.Length).Select(k => rows.From(texts[labelled..])[k]));
        var all = new LogitTable([.. Blocks.SelectMany(block => block.Values)], 2);
        Assert.Equal(all.Choose([.. texts[..labelled].Concat(kept).Select(text => Array.IndexOf(texts, text))]).Values, logits);
    }

    [Fact]
    public void At_0_nothing_is_touched()
    {
        string[] texts = ["c", "d"];
        var rows = new ConfidentRows(0, 4);
        Assert.Same(Blocks, rows.Of(Blocks));
        Assert.Same(texts, rows.From(texts));
    }
}
