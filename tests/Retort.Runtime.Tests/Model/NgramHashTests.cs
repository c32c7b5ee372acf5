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
    public void The_remainder_is_that_of_a_division()
    {
        var random = new Random(3);
        int[] edges = [0, 1, 30_521, NgramHash.MaxVocabulary - 2, NgramHash.MaxVocabulary - 1];
        for (int k = 0; k < 200_000; k++)
        {
            int a = Id(), b = Id(), c = Id();
            long sum = (a + 1) * NgramHash.Factors[0] + (b + 1) * NgramHash.Factors[1];
            Assert.Equal(sum % NgramHash.Modulus, NgramHash.Bigram(a, b, int.MaxValue));
            sum += (c + 1) * NgramHash.Factors[2];
            Assert.Equal(sum % NgramHash.Modulus % 1000, NgramHash.Trigram(a, b, c, 1000));
        }

        int Id() => random.Next(4) == 0 ? edges[random.Next(edges.Length)] : random.Next(NgramHash.MaxVocabulary);
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
