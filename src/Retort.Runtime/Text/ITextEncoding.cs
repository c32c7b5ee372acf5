using System.Runtime.Intrinsics;

namespace Retort.Runtime.Text;

/// <summary>How text is made of code units; static, so that one reader serves UTF-16 and UTF-8 at full speed.</summary>
internal interface ITextEncoding<TUnit> where TUnit : unmanaged
{
    /// <summary>Reads one code point; U+FFFD for an ill-formed sequence, one for each maximal subpart.</summary>
    /// <returns>The number of its code units.</returns>
    static abstract int Decode(ReadOnlySpan<TUnit> text, int at, out int point);

    /// <summary>Reads one code point without a call.</summary>
    /// <returns>It; or a surrogate, which no text decodes to, where only <see cref="Decode"/> can tell.</returns>
    static abstract int Peek(ReadOnlySpan<TUnit> text, int at, out int length);

    /// <summary>Reads the code point that ends at a place, which is not the text's beginning.</summary>
    /// <returns>The number of its code units.</returns>
    static abstract int DecodeBefore(ReadOnlySpan<TUnit> text, int end, out int point);

    /// <summary>The number of code units of a text that stand for <paramref name="content"/>, or −1 if it is not there.</summary>
    static abstract int Match(ReadOnlySpan<TUnit> text, int at, string content);

    /// <summary>Sixteen code units; what is no ASCII becomes a byte that is no letter and no digit.</summary>
    static abstract Vector128<byte> Load(ReadOnlySpan<TUnit> sixteen);
}
