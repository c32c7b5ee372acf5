using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Retort.Runs;

/// <summary>SHA-256 in lower-case hexadecimal, of what a stage reads and writes.</summary>
public static class ContentHash
{
    public static string OfText(string text) => OfBytes(Encoding.UTF8.GetBytes(text));

    public static string OfBytes(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    /// <summary>Of a record's JSON.</summary>
    public static string OfRecord<T>(T record) => OfText(JsonSerializer.Serialize(record, JsonForm.Compact));

    /// <summary>Of lines, without holding them together.</summary>
    public static string OfLines(IEnumerable<string> lines)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (string line in lines)
        {
            hash.AppendData(Encoding.UTF8.GetBytes(line));
            hash.AppendData("\n"u8);
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    public static string OfFile(string path)
    {
        using FileStream file = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(file));
    }
}
