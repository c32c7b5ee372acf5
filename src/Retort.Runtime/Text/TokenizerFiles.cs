using System.Text;

namespace Retort.Runtime.Text;

/// <summary>Reads a tokenizer's files within bounds.</summary>
internal static class TokenizerFiles
{
    /// <summary>The largest vocabularies in use take some 20 MB.</summary>
    private const long LargestFile = 128L << 20;

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public static byte[] ReadBounded(string file)
    {
        long length = new FileInfo(file).Length;
        if (length > LargestFile)
            throw new InvalidDataException(
                $"{file} has {length} bytes; a vocabulary has at most {LargestFile}. Is it another file of the model?");
        return File.ReadAllBytes(file);
    }

    public static bool IsJson(string file, byte[] content) =>
        HasExtension(file, ".json") || (!HasExtension(file, ".txt") && content.AsSpan().TrimStart(" \t\r\n"u8) is [(byte)'{', ..]);

    private static bool HasExtension(string file, string extension) =>
        file.EndsWith(extension, StringComparison.OrdinalIgnoreCase);

    /// <summary>Decodes UTF-8 and names the line of the first byte that is not.</summary>
    public static string Decode(string file, byte[] content)
    {
        if (content is [0xEF, 0xBB, 0xBF, ..])
            throw new InvalidDataException(
                $"{file} begins with a byte order mark, which would become part of its first token; save it as UTF-8 without one");
        try
        {
            return Strict.GetString(content);
        }
        catch (DecoderFallbackException e)
        {
            int line = 1 + content.AsSpan(0, Math.Min(e.Index, content.Length)).Count((byte)'\n');
            throw new InvalidDataException($"{file}, line {line}: not UTF-8; save the file as UTF-8", e);
        }
    }
}
