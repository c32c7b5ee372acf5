using System.Buffers.Binary;
using System.Numerics;
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

    private static ReadOnlySpan<ulong> Masks =>
    [
        0, 0xFF, 0xFFFF, 0xFF_FFFF, 0xFFFF_FFFF, 0xFF_FFFF_FFFF, 0xFFFF_FFFF_FFFF, 0xFF_FFFF_FFFF_FFFF, ulong.MaxValue,
    ];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ShortWord From(Vector128<byte> bytes)
    {
        ulong low = bytes.AsUInt64()[0], high = bytes.AsUInt64()[1];
        return BitConverter.IsLittleEndian
            ? new(low, high)
            : new(BinaryPrimitives.ReverseEndianness(low), BinaryPrimitives.ReverseEndianness(high));
    }

    /// <summary>The first bytes of it, at most <see cref="MaxLength"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ShortWord Take(int length) =>
        length < 8 ? new(Low & Masks[length], 0) : new(Low, High & Masks[length - 8]);

    /// <summary>What follows its first bytes, 0 to <see cref="MaxLength"/> of them.</summary>
    public ShortWord Skip(int length) =>
        length == 0 ? this
        : length < 8 ? new(Low >> (8 * length) | High << (64 - 8 * length), High >> (8 * length))
        : new(High >> (8 * (length - 8)), 0);

    /// <summary>The number of its bytes.</summary>
    public int Length => 16 - (High != 0 ? BitOperations.LeadingZeroCount(High) : 64 + BitOperations.LeadingZeroCount(Low)) / 8;

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
