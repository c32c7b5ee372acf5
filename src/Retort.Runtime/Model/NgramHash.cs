using System.Numerics;

namespace Retort.Runtime.Model;

/// <summary>
/// Where an n-gram of student token ids stands in the hashed table. The formula is part of the file format: multiply, add
/// and remainder on 64-bit integers, which never overflow for ids below 2^24, so that any runtime can repeat it.
/// <code>bucket = ((Σ_k (id_k + 1) · p_k) mod (2^31 − 1)) mod buckets</code>
/// The + 1 keeps a bigram apart from a trigram that ends in token 0.
/// </summary>
public static class NgramHash
{
    /// <summary>Orders that are hashed: bigrams and trigrams.</summary>
    public const int Orders = 2;

    /// <summary>Ids must stay below this.</summary>
    public const int MaxVocabulary = 1 << 24;

    /// <summary>The p of the formula, in order.</summary>
    public static IReadOnlyList<long> Factors { get; } = [First, Second, Third];

    /// <summary>2^31 − 1.</summary>
    public const long Modulus = int.MaxValue;

    private const long First = 2_654_435_761, Second = 2_246_822_519, Third = 3_266_489_917;

    /// <summary>The bucket of two ids.</summary>
    public static long Bigram(int a, int b, int buckets) =>
        Within(Reduce((a + 1) * First + (b + 1) * Second), (uint)buckets);

    /// <summary>The bucket of three ids.</summary>
    public static long Trigram(int a, int b, int c, int buckets) =>
        Within(Reduce((a + 1) * First + (b + 1) * Second + (c + 1) * Third), (uint)buckets);

    // A power of two needs no division.
    private static uint Within(uint sum, uint buckets) => BitOperations.IsPow2(buckets) ? sum & (buckets - 1) : sum % buckets;

    // The remainder by 2^31 − 1 without a division: 2^31 leaves 1, so the upper bits are added to the lower ones.
    private static uint Reduce(long sum)
    {
        sum = (sum & Modulus) + (sum >> 31);
        sum = (sum & Modulus) + (sum >> 31);
        return (uint)(sum == Modulus ? 0 : sum);
    }
}
