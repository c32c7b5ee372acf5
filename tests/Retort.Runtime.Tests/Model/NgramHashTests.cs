using Retort.Runtime.Model;

namespace Retort.Runtime.Tests.Model;

public sealed class NgramHashTests
{
    [Theory]
    [MemberData(nameof(NgramGolden.Rows), MemberType = typeof(NgramGolden))]
    public void Hashes_are_the_golden_ones(int buckets, long expected, int[] ids)
    {
        long actual = ids.Length == 2
            ? NgramHash.Bigram(ids[0], ids[1], buckets)
            : NgramHash.Trigram(ids[0], ids[1], ids[2], buckets);
        Assert.Equal(expected, actual);
    }

    [Fact]
    public void Pairs_of_a_vocabulary_spread_over_the_buckets_like_chance()
    {
        const int Vocabulary = 300, Buckets = 1 << 16;
        int[] counts = new int[Buckets];
        for (int a = 0; a < Vocabulary; a++)
        {
            for (int b = 0; b < Vocabulary; b++)
                counts[NgramHash.Bigram(a, b, Buckets)]++;
        }
        // Thrown by chance, 90,000 balls leave e^−1.373 = 25.3 % of 65,536 boxes empty.
        Assert.InRange(counts.Count(c => c == 0) / (double)Buckets, 0, 0.27);
        Assert.InRange(counts.Max(), 1, 15);
    }
}
