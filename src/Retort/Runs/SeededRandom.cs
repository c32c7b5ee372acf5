namespace Retort.Runs;

/// <summary>
/// SplitMix64 (Steele, Lea and Flood 2014): the same numbers on every platform and version of .NET, which
/// <see cref="Random"/> does not promise.
/// </summary>
public sealed class SeededRandom
{
    private ulong _state;

    /// <param name="seed">The seed.</param>
    /// <param name="stream">Tells uses of one seed apart: an epoch, a step, a class.</param>
    public SeededRandom(long seed, long stream = 0)
    {
        _state = unchecked((ulong)seed);
        _state = Next() ^ unchecked((ulong)stream);
        Next();
    }

    /// <summary>64 random bits.</summary>
    public ulong Next()
    {
        ulong z = _state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    /// <summary>A whole number from 0 to <paramref name="limit"/> − 1, each equally likely to within 2⁻³².</summary>
    public int Below(int limit) => (int)(((UInt128)Next() * (ulong)limit) >> 64);

    /// <summary>A number from 0 to below 1, in steps of 2⁻⁵³.</summary>
    public double Share() => (Next() >> 11) * (1.0 / (1UL << 53));

    /// <summary>Shuffles in place (Fisher–Yates).</summary>
    public void Shuffle<T>(Span<T> items)
    {
        for (int k = items.Length - 1; k > 0; k--)
        {
            int other = Below(k + 1);
            (items[k], items[other]) = (items[other], items[k]);
        }
    }
}
