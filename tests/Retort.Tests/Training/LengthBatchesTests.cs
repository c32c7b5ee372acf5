using Retort.Training;

namespace Retort.Tests.Training;

public sealed class LengthBatchesTests
{
    [Fact]
    public void Texts_of_like_length_share_a_batch_that_holds_no_more_tokens_than_it_may()
    {
        int[] lengths = [3, 9, 1, 4, 0, 9, 2];
        Assert.Equal<int[]>([[1], [5], [3, 0], [6, 2, 4]], LengthBatches.Of(lengths, null, tokens: 10));
    }

    [Fact]
    public void A_text_counts_with_every_row_that_it_takes_up()
    {
        int[] lengths = [5, 5, 5, 2], rows = [1, 2, 1, 1];
        Assert.Equal<int[]>([[0], [1], [2, 3]], LengthBatches.Of(lengths, rows, tokens: 10));
    }

    [Fact]
    public void Empty_texts_fill_a_batch_up_to_the_most_texts() =>
        Assert.Equal<int[]>([[0, 1], [2]], LengthBatches.Of([0, 0, 0], null, tokens: 10, texts: 2));

    [Fact]
    public void A_text_with_more_tokens_than_a_batch_may_hold_stands_alone() =>
        Assert.Equal<int[]>([[1], [0, 2]], LengthBatches.Of([4, 90, 4], [1, 7, 1], tokens: 10));

    [Fact]
    public void No_texts_are_no_batch() => Assert.Empty(LengthBatches.Of([], null, tokens: 10));
}
