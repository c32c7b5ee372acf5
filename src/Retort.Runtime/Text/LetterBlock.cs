using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Retort.Runtime.Text;

/// <summary>Looks at sixteen code units at once.</summary>
internal static class LetterBlock
{
    /// <summary>Sixteen code units that hold those from <paramref name="start"/> on, some <paramref name="before"/> them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Load<TUnit, TEncoding>(ReadOnlySpan<TUnit> text, int start, out int before)
        where TUnit : unmanaged
        where TEncoding : struct, ITextEncoding<TUnit>
    {
        int from = Math.Min(start, text.Length - Vector128<byte>.Count);
        before = start - from;
        if (from >= 0)
            return TEncoding.Load(text.Slice(from, Vector128<byte>.Count));
        before = 0;
        (ulong low, ulong high) = LoadShort<TUnit, TEncoding>(text[start..]);
        return Vector128.Create(low, high).AsByte();
    }

    // Two numbers, for a vector would come back, and then always lie, in memory.
    private static (ulong Low, ulong High) LoadShort<TUnit, TEncoding>(ReadOnlySpan<TUnit> text)
        where TUnit : unmanaged
        where TEncoding : struct, ITextEncoding<TUnit>
    {
        Span<TUnit> padded = stackalloc TUnit[Vector128<byte>.Count];
        padded.Clear();
        text.CopyTo(padded);
        Vector128<ulong> block = TEncoding.Load(padded).AsUInt64();
        return (block[0], block[1]);
    }

    /// <summary>Bit n: byte n is an ASCII letter or digit.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint LettersOf(Vector128<byte> block)
    {
        Vector128<byte> letter = (block | Vector128.Create((byte)0x20)) - Vector128.Create((byte)'a');
        Vector128<byte> digit = block - Vector128.Create((byte)'0');
        return (Vector128.Equals(letter, Vector128.Min(letter, Vector128.Create((byte)25)))
            | Vector128.Equals(digit, Vector128.Min(digit, Vector128.Create((byte)9)))).ExtractMostSignificantBits();
    }
}
