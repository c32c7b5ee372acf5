using System.Numerics;
using System.Runtime.InteropServices;

namespace Retort.Runtime.Model;

/// <summary>Converts 16-bit floats in bulk. Widening is exact; narrowing rounds to nearest, ties to even.</summary>
internal static class HalfPrecision
{
    private const float TwoTo112 = 5.192296858534828e33f;

    /// <summary>F16 to F32.</summary>
    public static void WidenF16(ReadOnlySpan<ushort> source, Span<float> destination)
    {
        int k = 0;
        for (; k <= source.Length - Vector<ushort>.Count; k += Vector<ushort>.Count)
        {
            Vector.Widen(new Vector<ushort>(source[k..]), out Vector<uint> low, out Vector<uint> high);
            WidenF16(low).CopyTo(destination[k..]);
            WidenF16(high).CopyTo(destination[(k + Vector<float>.Count)..]);
        }
        for (; k < source.Length; k++)
            destination[k] = (float)BitConverter.UInt16BitsToHalf(source[k]);
    }

    /// <summary>
    /// The exponent of F16 (bias 15) read as one of F32 (bias 127) is 2^112 too small, for subnormals too, so one
    /// multiplication repairs both; infinity and NaN get the largest exponent back.
    /// </summary>
    private static Vector<float> WidenF16(Vector<uint> bits)
    {
        Vector<uint> magnitude = Vector.BitwiseAnd(bits, new Vector<uint>(0x7fff));
        Vector<uint> sign = Vector.ShiftLeft(Vector.BitwiseAnd(bits, new Vector<uint>(0x8000)), 16);
        Vector<uint> special = Vector.GreaterThanOrEqual(magnitude, new Vector<uint>(0x7c00));
        Vector<float> scaled = Vector.AsVectorSingle(Vector.ShiftLeft(magnitude, 13)) * new Vector<float>(TwoTo112);
        return Vector.AsVectorSingle(Vector.AsVectorUInt32(scaled) | sign
            | Vector.BitwiseAnd(special, new Vector<uint>(0x7f800000)));
    }

    /// <summary>BF16 to F32: the upper half of the bits.</summary>
    public static void WidenBF16(ReadOnlySpan<ushort> source, Span<float> destination)
    {
        Span<uint> bits = MemoryMarshal.Cast<float, uint>(destination);
        int k = 0;
        for (; k <= source.Length - Vector<ushort>.Count; k += Vector<ushort>.Count)
        {
            Vector.Widen(new Vector<ushort>(source[k..]), out Vector<uint> low, out Vector<uint> high);
            Vector.ShiftLeft(low, 16).CopyTo(bits[k..]);
            Vector.ShiftLeft(high, 16).CopyTo(bits[(k + Vector<uint>.Count)..]);
        }
        for (; k < source.Length; k++)
            bits[k] = (uint)source[k] << 16;
    }

    /// <summary>F32 to F16; what is out of range becomes infinity.</summary>
    public static void NarrowF16(ReadOnlySpan<float> source, Span<ushort> destination)
    {
        for (int k = 0; k < source.Length; k++)
            destination[k] = BitConverter.HalfToUInt16Bits((Half)source[k]);
    }

    /// <summary>F32 to BF16; what rounds out of range becomes infinity.</summary>
    public static void NarrowBF16(ReadOnlySpan<float> source, Span<ushort> destination)
    {
        for (int k = 0; k < source.Length; k++)
        {
            uint bits = BitConverter.SingleToUInt32Bits(source[k]);
            // A NaN whose payload stands in the lower half must not round to infinity.
            destination[k] = float.IsNaN(source[k])
                ? (ushort)(bits >> 16 | 0x40)
                : (ushort)(bits + 0x7fff + (bits >> 16 & 1) >> 16);
        }
    }
}
