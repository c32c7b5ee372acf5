using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace Retort.Runtime.Model;

/// <summary>
/// SHA-256 of files. On Linux the framework's needs OpenSSL and ends the process where there is none, so it is looked for
/// first, by the names that the framework tries, and Retort's own is used without it: as right, and some five times slower.
/// </summary>
internal static class Digest
{
    private const int ChunkBytes = 1 << 18;

    private static readonly string[] OpenSsl = ["libssl.so.3", "libssl.so.1.1"];

    /// <summary>Whether <see cref="SHA256"/> can be used in this process.</summary>
    public static bool HasPlatform { get; } = !OperatingSystem.IsLinux() || OpenSsl.Any(CanLoad);

    /// <summary>The hash of some bytes, lower-case hexadecimal.</summary>
    public static string Of(ReadOnlySpan<byte> content)
    {
        if (HasPlatform)
            return Convert.ToHexStringLower(SHA256.HashData(content));
        var own = new Sha256();
        own.Append(content);
        return Convert.ToHexStringLower(own.Finish());
    }

    /// <summary>The hash of a whole open file, lower-case hexadecimal.</summary>
    public static string OfFile(SafeFileHandle handle) => OfFile(handle, HasPlatform);

    internal static string OfFile(SafeFileHandle handle, bool platform)
    {
        byte[] buffer = GC.AllocateUninitializedArray<byte>(ChunkBytes);
        using IncrementalHash? fast = platform ? IncrementalHash.CreateHash(HashAlgorithmName.SHA256) : null;
        var own = new Sha256();
        long offset = 0;
        for (int read; (read = RandomAccess.Read(handle, buffer, offset)) > 0; offset += read)
        {
            if (fast is not null)
                fast.AppendData(buffer, 0, read);
            else
                own.Append(buffer.AsSpan(0, read));
        }
        return Convert.ToHexStringLower(fast?.GetHashAndReset() ?? own.Finish());
    }

    private static bool CanLoad(string library)
    {
        if (!NativeLibrary.TryLoad(library, out nint handle))
            return false;
        NativeLibrary.Free(handle);
        return true;
    }
}
