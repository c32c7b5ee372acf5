using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Text;

namespace Retort.Runtime.Text;

/// <summary>Text in UTF-8, read where it stands.</summary>
internal readonly struct Utf8 : ITextEncoding<byte>
{
    private const int LongestBlank = 3, Unknown = 0xD800;

    public static int Decode(ReadOnlySpan<byte> text, int at, out int point)
    {
        point = Peek(text, at, out int length);
        if (point != Unknown)
            return length;
        _ = Rune.DecodeFromUtf8(text[at..], out Rune rune, out length);
        point = rune.Value;
        return length;
    }

    // Most text is of one byte (ASCII) or three (Chinese) a character.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Peek(ReadOnlySpan<byte> text, int at, out int length)
    {
        length = 1;
        int first = text[at];
        if (first < 0x80)
            return first;
        if ((first & 0xF0) == 0xE0 && at + 2 < text.Length)
        {
            int second = text[at + 1] ^ 0x80, third = text[at + 2] ^ 0x80;
            int point = (first & 0xF) << 12 | second << 6 | third;
            length = 3;
            if ((second | third) < 0x40 && point >= 0x800 && (point & 0xF800) != Unknown)
                return point;
        }
        return Unknown;
    }

    /// <summary>Of the code point before a place only white space is told for certain: what else there is may be U+FFFD.</summary>
    public static int DecodeBefore(ReadOnlySpan<byte> text, int end, out int point)
    {
        // The first byte of a sequence never stands inside another, so a sequence read from there is a true one.
        for (int length = 1; length <= Math.Min(LongestBlank, end); length++)
        {
            if ((text[end - length] & 0xC0) != 0x80 && Decode(text, end - length, out point) == length)
                return length;
        }
        point = Rune.ReplacementChar.Value;
        return 1;
    }

    public static int Match(ReadOnlySpan<byte> text, int at, string content)
    {
        Span<char> units = stackalloc char[2];
        int end = at;
        for (int k = 0; k < content.Length;)
        {
            if (end == text.Length)
                return -1;
            end += Decode(text, end, out int point);
            int count = new Rune(point).EncodeToUtf16(units);
            if (!content.AsSpan(k).StartsWith(units[..count]))
                return -1;
            k += count;
        }
        return end - at;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Load(ReadOnlySpan<byte> sixteen) => Vector128.Create(sixteen);
}
