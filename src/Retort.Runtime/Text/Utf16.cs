using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Retort.Runtime.Text;

/// <summary>Text in C#'s own form. A lone surrogate is read as U+FFFD.</summary>
internal readonly struct Utf16 : ITextEncoding<char>
{
    private const int Replacement = 0xFFFD;

    public static int Decode(ReadOnlySpan<char> text, int at, out int point)
    {
        point = text[at];
        if (!char.IsSurrogate((char)point))
            return 1;
        bool pair = char.IsHighSurrogate((char)point) && at + 1 < text.Length && char.IsLowSurrogate(text[at + 1]);
        point = pair ? char.ConvertToUtf32((char)point, text[at + 1]) : Replacement;
        return pair ? 2 : 1;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Peek(ReadOnlySpan<char> text, int at, out int length)
    {
        length = 1;
        return text[at];
    }

    public static int DecodeBefore(ReadOnlySpan<char> text, int end, out int point)
    {
        bool pair = end > 1 && char.IsSurrogatePair(text[end - 2], text[end - 1]);
        return Decode(text, pair ? end - 2 : end - 1, out point);
    }

    public static int Match(ReadOnlySpan<char> text, int at, string content) =>
        text[at..].StartsWith(content, StringComparison.Ordinal) ? content.Length : -1;

    // Signed, for that is one instruction everywhere.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Load(ReadOnlySpan<char> sixteen)
    {
        ReadOnlySpan<short> units = MemoryMarshal.Cast<char, short>(sixteen);
        return Vector128.NarrowWithSaturation(Vector128.Create(units), Vector128.Create(units[Vector128<short>.Count..])).AsByte();
    }
}
