using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Retort.Runtime.Text;

/// <summary>Text in C#'s own form. A lone surrogate is read as U+FFFD.</summary>
internal readonly struct Utf16 : ITextEncoding<char>
{
    private const int Replacement = 0xFFFD;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Decode(ReadOnlySpan<char> text, int at, out int point)
    {
        point = text[at];
        return char.IsSurrogate((char)point) ? DecodePair(text, at, out point) : 1;
    }

    public static int DecodeBefore(ReadOnlySpan<char> text, int end, out int point)
    {
        bool pair = end > 1 && char.IsSurrogatePair(text[end - 2], text[end - 1]);
        return Decode(text, pair ? end - 2 : end - 1, out point);
    }

    public static int Match(ReadOnlySpan<char> text, int at, string content) =>
        text[at..].StartsWith(content, StringComparison.Ordinal) ? content.Length : -1;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Load(ReadOnlySpan<char> sixteen)
    {
        ReadOnlySpan<ushort> units = MemoryMarshal.Cast<char, ushort>(sixteen);
        return Vector128.NarrowWithSaturation(Vector128.Create(units), Vector128.Create(units[Vector128<ushort>.Count..]));
    }

    private static int DecodePair(ReadOnlySpan<char> text, int at, out int point)
    {
        bool pair = char.IsHighSurrogate(text[at]) && at + 1 < text.Length && char.IsLowSurrogate(text[at + 1]);
        point = pair ? char.ConvertToUtf32(text[at], text[at + 1]) : Replacement;
        return pair ? 2 : 1;
    }
}
