using Retort.Runtime.Model;

namespace Retort.Runtime.Tests.Model;

public sealed class NgramHashTests
{
    // From the formula in the class's comment, computed with unbounded integers:
    // python3 -c "print(sum((i+1)*p for i,p in zip(IDS,(2654435761,2246822519,3266489917)))%(2**31-1)%BUCKETS)"
    [Theory]
    [InlineData(131072, 82986, 0, 0)]
    [InlineData(131072, 21196, 1, 2)]
    [InlineData(131072, 518, 2, 1)]
    [InlineData(131072, 114745, 30521, 7)]
    [InlineData(131072, 66142, 16777214, 16777214)]
    [InlineData(131072, 127592, 0, 0, 0)]
    [InlineData(131072, 68550, 1, 2, 3)]
    [InlineData(131072, 65803, 1, 2, 0)]
    [InlineData(131072, 77090, 30521, 7, 101)]
    [InlineData(131072, 113020, 16777214, 16777214, 16777214)]
    [InlineData(1000, 844, 1, 2)]
    [InlineData(1000, 318, 3, 2, 1)]
    [InlineData(64, 57, 30521, 7)]
    [InlineData(64, 34, 30521, 7, 101)]
    public void Hashes_are_the_golden_ones(int buckets, long expected, params int[] ids)
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
