using Retort.Runtime.Model;

namespace Retort.Runtime.Tests.Model;

public sealed class NgramIndexTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(8)]
    [InlineData(63)]
    [InlineData(64)]
    [InlineData(65)]
    [InlineData(1000)]
    public void Rows_stand_in_the_order_of_their_buckets(int buckets)
    {
        var random = new Random(buckets);
        bool[] kept = [.. Enumerable.Range(0, buckets).Select(_ => random.Next(3) == 0)];
        NgramIndex all = NgramIndex.All(buckets), some = all.Keep(kept);
        Assert.Equal(Enumerable.Range(0, buckets), Enumerable.Range(0, buckets).Select(bucket => all[bucket]));
        Assert.Equal((true, buckets), (all.IsFull, all.Rows));
        int rows = 0;
        for (int bucket = 0; bucket < buckets; bucket++)
            Assert.Equal(kept[bucket] ? rows++ : NgramIndex.None, some[bucket]);
        Assert.Equal((false, rows, buckets), (some.IsFull, some.Rows, some.Buckets));
        NgramIndex read = NgramIndex.Some(buckets, some.ToBytes());
        Assert.Equal(Enumerable.Range(0, buckets).Select(bucket => some[bucket]), Enumerable.Range(0, buckets).Select(bucket => read[bucket]));
    }

    [Fact]
    public void Some_of_some_are_numbered_anew()
    {
        NgramIndex some = NgramIndex.All(5).Keep([true, false, true, true, false]).Keep([false, true, true]);
        Assert.Equal([NgramIndex.None, NgramIndex.None, 0, 1, NgramIndex.None], Enumerable.Range(0, 5).Select(bucket => some[bucket]));
        Assert.Equal([0b01100], some.ToBytes());
    }

    [Fact]
    public void An_ngram_has_the_row_of_its_bucket()
    {
        NgramIndex all = NgramIndex.All(1009);
        int bigram = (int)NgramHash.Bigram(3, 4, 1009), trigram = (int)NgramHash.Trigram(3, 4, 5, 1009);
        Assert.Equal((bigram, trigram), (all.Bigram(3, 4), all.Trigram(3, 4, 5)));
        bool[] kept = new bool[1009];
        kept[trigram] = true;
        NgramIndex one = all.Keep(kept);
        Assert.Equal((NgramIndex.None, 0), (one.Bigram(3, 4), one.Trigram(3, 4, 5)));
    }

    [Theory]
    [InlineData(8, 2, "2 bytes say which of 8 buckets have a row; expected 1")]
    [InlineData(9, 1, "1 bytes say which of 9 buckets have a row; expected 2")]
    [InlineData(7, 1, "a bucket behind the last of 7 is said to have a row")]
    public void Bytes_that_do_not_fit_are_refused(int buckets, int bytes, string said)
    {
        byte[] kept = [.. Enumerable.Repeat((byte)0xff, bytes)];
        Assert.Contains(said, Assert.Throws<InvalidDataException>(() => NgramIndex.Some(buckets, kept)).Message, StringComparison.Ordinal);
    }
}
