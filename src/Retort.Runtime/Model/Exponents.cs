using System.Numerics;
using System.Runtime.InteropServices;

namespace Retort.Runtime.Model;

/// <summary>Looks for numbers that are not finite by the bits of their exponent.</summary>
internal static class Exponents
{
    /// <summary>Whether any value has all bits of a mask.</summary>
    public static bool ContainsAnyMasked<T>(this ReadOnlySpan<T> bits, T mask) where T : struct, IBinaryInteger<T>
    {
        var wide = new Vector<T>(mask);
        int k = 0;
        for (; k <= bits.Length - Vector<T>.Count; k += Vector<T>.Count)
        {
            if (Vector.EqualsAny(new Vector<T>(bits[k..]) & wide, wide))
                return true;
        }
        for (; k < bits.Length; k++)
        {
            if ((bits[k] & mask) == mask)
                return true;
        }
        return false;
    }

    /// <summary>Whether no value is an infinity or not a number.</summary>
    public static bool AreFinite(ReadOnlySpan<float> values) =>
        !MemoryMarshal.Cast<float, uint>(values).ContainsAnyMasked(0x7f80_0000u);
}
