using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Retort.Signals;

/// <summary>The first half of the SHA-256 of a text's UTF-16 code units: what a signal is found by.</summary>
public readonly record struct SignalKey(ulong High, ulong Low)
{
    public const int Bytes = 16;

    public static SignalKey Of(string text)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(MemoryMarshal.AsBytes(text.AsSpan()), hash);
        return Read(hash);
    }

    /// <summary>From its 16 bytes.</summary>
    public static SignalKey Read(ReadOnlySpan<byte> bytes) => new(
        System.Buffers.Binary.BinaryPrimitives.ReadUInt64BigEndian(bytes),
        System.Buffers.Binary.BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]));

    /// <summary>As one number.</summary>
    public UInt128 Value => new(High, Low);

    public byte[] ToArray()
    {
        byte[] bytes = new byte[Bytes];
        System.Buffers.Binary.BinaryPrimitives.WriteUInt64BigEndian(bytes, High);
        System.Buffers.Binary.BinaryPrimitives.WriteUInt64BigEndian(bytes.AsSpan(8), Low);
        return bytes;
    }
}
