using System.Numerics;
using System.Runtime.InteropServices;
using Retort.Runs;

namespace Retort.Fractionation.Diversity;

/// <summary>
/// Signatures of sets: for each of many hash functions the least hash of the set. Two sets agree in one with the probability
/// of their Jaccard likeness (Broder 1997, "On the resemblance and containment of documents").
/// </summary>
internal sealed class MinHash
{
    /// <summary>Hash functions, and numbers in a signature.</summary>
    public const int Length = 128;

    private readonly uint[] _factors = new uint[Length];
    private readonly uint[] _offsets = new uint[Length];

    /// <param name="seed">Draws the hash functions.</param>
    public MinHash(long seed)
    {
        var random = new SeededRandom(seed);
        for (int k = 0; k < Length; k++)
        {
            // Odd: then multiplying changes places and loses nothing.
            _factors[k] = (uint)random.Next() | 1;
            _offsets[k] = (uint)random.Next();
        }
    }

    /// <summary>(Length) The signature of a set that is not empty.</summary>
    public uint[] Of(ReadOnlySpan<ulong> set)
    {
        uint[] least = new uint[Length];
        Array.Fill(least, uint.MaxValue);
        Span<Vector<uint>> signature = MemoryMarshal.Cast<uint, Vector<uint>>(least.AsSpan());
        ReadOnlySpan<Vector<uint>> factors = MemoryMarshal.Cast<uint, Vector<uint>>(_factors);
        ReadOnlySpan<Vector<uint>> offsets = MemoryMarshal.Cast<uint, Vector<uint>>(_offsets);
        foreach (ulong member in set)
        {
            var mixed = new Vector<uint>(Mix(member));
            for (int k = 0; k < signature.Length; k++)
                signature[k] = Vector.Min(signature[k], mixed * factors[k] + offsets[k]);
        }
        return least;
    }

    // The functions are linear: what they are given must look random (the finalizer of MurmurHash3).
    private static uint Mix(ulong member)
    {
        member = (member ^ member >> 33) * 0xFF51AFD7ED558CCD;
        member = (member ^ member >> 33) * 0xC4CEB9FE1A85EC53;
        return (uint)(member >> 32);
    }
}
