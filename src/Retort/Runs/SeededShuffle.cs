namespace Retort.Runs;

/// <summary>
/// A shuffle that gives the same order for a seed on every system and in every version, which System.Random does not
/// promise: SplitMix64 (Steele, Lea and Flood 2014, doi:10.1145/2660193.2660195) drives a Fisher–Yates shuffle.
/// </summary>
public static class SeededShuffle
{
    /// <summary>Shuffles in place; every order is equally likely over seeds.</summary>
    public static void Shuffle<T>(Span<T> items, ulong seed)
    {
        ulong state = seed;
        for (int i = items.Length - 1; i > 0; i--)
        {
            int j = (int)Below(ref state, (ulong)i + 1);
            (items[i], items[j]) = (items[j], items[i]);
        }
    }

    /// <summary>The numbers 0 to <paramref name="count"/> − 1 in the order of the seed.</summary>
    public static int[] Permutation(int count, ulong seed)
    {
        int[] order = new int[count];
        for (int i = 0; i < count; i++)
            order[i] = i;
        Shuffle(order.AsSpan(), seed);
        return order;
    }

    /// <summary>The next number of SplitMix64; the state moves on.</summary>
    internal static ulong Next(ref ulong state)
    {
        ulong z = state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    // Numbers past the last full multiple of the limit are drawn again, so that no remainder is favoured.
    private static ulong Below(ref ulong state, ulong limit)
    {
        ulong end = ulong.MaxValue - (ulong.MaxValue % limit + 1) % limit;
        ulong number;
        do
            number = Next(ref state);
        while (number > end);
        return number % limit;
    }
}
