using System.Text;
using Retort.Runs;

namespace Retort.Cli.Predictions;

/// <summary>Reads lines of UTF-8 as they come, each bounded in length; a line ends with LF or CR LF.</summary>
internal static class LineReader
{
    /// <summary>The longest line in bytes.</summary>
    public const int LongestLine = 1 << 20;

    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);

    /// <summary>The lines of a stream; a last one without an end counts.</summary>
    /// <param name="input">UTF-8, with or without a byte order mark.</param>
    /// <param name="source">What messages call it.</param>
    /// <exception cref="RetortException">A line is too long or not UTF-8; the message has its number.</exception>
    public static IEnumerable<string> Read(Stream input, string source)
    {
        byte[] buffer = new byte[1 << 14];
        using var line = new MemoryStream();
        long number = 1;
        for (int count; (count = input.Read(buffer)) > 0;)
        {
            int start = 0;
            for (int end; (end = Array.IndexOf(buffer, (byte)'\n', start, count - start)) >= 0; start = end + 1)
            {
                Append(line, buffer.AsSpan(start, end - start), source, number);
                yield return Take(line, source, number++);
            }
            Append(line, buffer.AsSpan(start, count - start), source, number);
        }
        if (line.Length > 0)
            yield return Take(line, source, number);
    }

    private static void Append(MemoryStream line, ReadOnlySpan<byte> part, string source, long number)
    {
        if (line.Length + part.Length > LongestLine)
            throw new RetortException($"{source}:{number}: the line is longer than {LongestLine} bytes: expected one text a line");
        line.Write(part);
    }

    private static string Take(MemoryStream line, string source, long number)
    {
        ReadOnlySpan<byte> bytes = line.GetBuffer().AsSpan(0, (int)line.Length);
        line.SetLength(0);
        if (number == 1 && bytes.StartsWith(Encoding.UTF8.Preamble))
            bytes = bytes[Encoding.UTF8.Preamble.Length..];
        if (bytes is [.., (byte)'\r'])
            bytes = bytes[..^1];
        try
        {
            return Strict.GetString(bytes);
        }
        catch (DecoderFallbackException e)
        {
            throw new RetortException($"{source}:{number}: the line is not UTF-8: expected text in UTF-8 (iconv -t UTF-8 converts it)", e);
        }
    }
}
