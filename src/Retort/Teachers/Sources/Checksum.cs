using System.Security.Cryptography;
using System.Text;

namespace Retort.Teachers.Sources;

/// <summary>What the hub says of a file's content: SHA-256 of a large file, git's SHA-1 of a small one.</summary>
/// <param name="Hex">40 or 64 lower-case digits.</param>
internal sealed record Checksum(string Hex)
{
    private const int GitDigits = 40, Sha256Digits = 64;

    /// <summary>Reads an ETag as the hub writes it, or returns null where it is no checksum.</summary>
    public static Checksum? FromETag(string? tag)
    {
        string hex = (tag ?? "").Replace("W/", "", StringComparison.Ordinal).Trim('"').ToLowerInvariant();
        return hex.Length is GitDigits or Sha256Digits && hex.All(char.IsAsciiHexDigitLower) ? new Checksum(hex) : null;
    }

    /// <summary>The same checksum of a file on disk.</summary>
    public async Task<string> OfFileAsync(string path, CancellationToken cancellationToken)
    {
        FileStream stream = File.OpenRead(path);
        await using (stream.ConfigureAwait(false))
        {
            using IncrementalHash hash = Hex.Length == Sha256Digits
                ? IncrementalHash.CreateHash(HashAlgorithmName.SHA256)
                : StartGitBlob(stream.Length);
            byte[] buffer = new byte[1 << 20];
            for (int read; (read = await stream.ReadAsync(buffer, cancellationToken).ConfigureAwait(false)) > 0;)
                hash.AppendData(buffer, 0, read);
            return Convert.ToHexStringLower(hash.GetHashAndReset());
        }
    }

    /// <summary>Git hashes a header before the content: "blob", the length, a zero byte.</summary>
    private static IncrementalHash StartGitBlob(long length)
    {
        IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA1);
        hash.AppendData(Encoding.ASCII.GetBytes($"blob {length}\0"));
        return hash;
    }
}
