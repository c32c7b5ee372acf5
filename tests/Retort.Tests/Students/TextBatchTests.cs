using Retort.Runs;
using Retort.Runtime.Model;
using Retort.Students;
using static TorchSharp.torch;

namespace Retort.Tests.Students;

public sealed class TextBatchTests
{
    [Fact]
    public void Distinct_tokens_and_positions_give_the_texts_back()
    {
        using var scope = NewDisposeScope();
        int[][] texts = [[5, 3, 5], [], [9, 0]];
        TextBatch batch = TextBatch.Create(texts, null);
        long[] tokens = batch.Tokens.data<long>().ToArray();
        Assert.Equal([0, 5, 3, 9], tokens);
        Assert.Equal([3, 3], batch.Positions.shape);
        Assert.Equal([5, 3, 5, 0, 0, 0, 9, 0, 0], batch.Positions.data<long>().Select(p => tokens[p]));
        Assert.Equal([1, 1, 1, 0, 0, 0, 1, 1, 0], batch.Mask.data<float>().ToArray());
        Assert.Equal([3, 0, 2], batch.Lengths.data<float>().ToArray());
        Assert.Null(batch.Ngrams);
    }

    [Fact]
    public void Ngrams_stand_in_the_bag_of_their_text_and_order()
    {
        using var scope = NewDisposeScope();
        TextBatch batch = TextBatch.Create([[7], [1, 2, 3, 1, 2]], NgramIndex.All(1000));
        long[] buckets = batch.Ngrams!.Rows.data<long>().ToArray();
        Assert.Equal(buckets.Distinct(), buckets);
        Assert.Equal(
            [
                NgramHash.Bigram(1, 2, 1000), NgramHash.Bigram(2, 3, 1000), NgramHash.Bigram(3, 1, 1000),
                NgramHash.Bigram(1, 2, 1000), NgramHash.Trigram(1, 2, 3, 1000), NgramHash.Trigram(2, 3, 1, 1000),
                NgramHash.Trigram(3, 1, 2, 1000),
            ],
            batch.Ngrams.Index.data<long>().Select(k => buckets[k]));
        Assert.Equal([2, 2, 2, 2, 3, 3, 3], batch.Ngrams.Bag.data<long>().ToArray());
    }

    [Fact]
    public void Token_dropout_replaces_its_share_and_repeats_with_its_seed()
    {
        using var scope = NewDisposeScope();
        int[][] texts = [Enumerable.Range(1, 20_000).ToArray()];
        long[] a = Ids(texts, 7), b = Ids(texts, 7), c = Ids(texts, 8);
        Assert.Equal(a, b);
        Assert.NotEqual(a, c);
        Assert.InRange(a.Count(id => id == StudentVocabulary.UnknownId) / 20_000.0, 0.09, 0.11);
        Assert.Equal(Enumerable.Range(1, 20_000), texts[0]);
    }

    [Fact]
    public void Texts_of_nothing_make_a_batch()
    {
        using var scope = NewDisposeScope();
        TextBatch batch = TextBatch.Create([[], []], NgramIndex.All(64));
        Assert.Equal([2, 1], batch.Positions.shape);
        Assert.Equal(0, batch.Mask.sum().item<float>());
        Assert.Equal(0, batch.Ngrams!.Index.shape[0]);
    }

    private static long[] Ids(int[][] texts, int seed)
    {
        TextBatch batch = TextBatch.Create(texts, null, 0.1, new SeededRandom(seed));
        long[] tokens = batch.Tokens.data<long>().ToArray();
        return batch.Positions.data<long>().Select(p => tokens[p]).ToArray();
    }
}
