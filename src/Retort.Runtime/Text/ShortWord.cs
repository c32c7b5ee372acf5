using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Retort.Runtime.Text;

/// <summary>An ASCII word in two registers: its bytes from the lowest up, then zeros.</summary>
internal readonly record struct ShortWord(ulong Low, ulong High)
{
    /// <summary>One byte less than there is room for: the last byte tells a piece inside a word from one at its start.</summary>
    public const int MaxLength = 15;

    private const ulong InsideMark = 1UL << 56;

    private static ReadOnlySpan<ulong> LowMasks =>
    [
        0, 0xFF, 0xFFFF, 0xFF_FFFF, 0xFFFF_FFFF, 0xFF_FFFF_FFFF, 0xFFFF_FFFF_FFFF, 0xFF_FFFF_FFFF_FFFF, ulong.MaxValue,
        ulong.MaxValue, ulong.MaxValue, ulong.MaxValue, ulong.MaxValue, ulong.MaxValue, ulong.MaxValue, ulong.MaxValue,
    ];

    private static ReadOnlySpan<ulong> HighMasks =>
    [
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFFFF, 0xFF_FFFF, 0xFFFF_FFFF, 0xFF_FFFF_FFFF, 0xFFFF_FFFF_FFFF, 0xFF_FFFF_FFFF_FFFF,
    ];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ShortWord From(Vector128<byte> bytes)
    {
        ulong low = bytes.AsUInt64()[0], high = bytes.AsUInt64()[1];
        return BitConverter.IsLittleEndian
            ? new(low, high)
            : new(BinaryPrimitives.ReverseEndianness(low), BinaryPrimitives.ReverseEndianness(high));
    }

    /// <summary>The first bytes of it, at most <see cref="MaxLength"/>; without a branch, which would be guessed wrong often.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ShortWord Take(int length) =>
        new(Low & LowMasks[length & MaxLength], High & HighMasks[length & MaxLength]);

    /// <summary>What follows its first bytes, 0 to <see cref="MaxLength"/> of them; without a branch too.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ShortWord Skip(int length)
    {
        int bits = 8 * (length & 7);
        ulong low = Low >> bits | High << 1 << (63 - bits), high = High >> bits;
        ulong half = 0 - (ulong)(uint)(length >> 3);
        return new(low & ~half | high & half, high & ~half);
    }

    /// <summary>The key of the piece that continues a word.</summary>
    public ShortWord Inside => new(Low, High | InsideMark);

    /// <summary>The word of some ASCII letters and digits, if they are that and few enough.</summary>
    public static bool TryCreate(ReadOnlySpan<char> text, out ShortWord word)
    {
        word = default;
        if (text.Length is 0 or > MaxLength)
            return false;
        Span<ushort> units = stackalloc ushort[16];
        units.Clear();
        foreach (char c in text)
        {
            if (!char.IsAsciiLetterOrDigit(c))
                return false;
        }
        text.CopyTo(MemoryMarshal.Cast<ushort, char>(units));
        word = From(Utf16.Load(MemoryMarshal.Cast<ushort, char>(units)));
        return true;
    }
}
