using System.Buffers.Text;
using System.Text;
using Retort.Runs;

namespace Retort.Students;

/// <summary>Word vectors read from a file.</summary>
/// <param name="Width">Numbers a vector.</param>
/// <param name="Vectors">The vectors of the words that were asked for and found.</param>
public sealed record WordVectors(int Width, IReadOnlyDictionary<string, float[]> Vectors)
{
    private const int LargestWidth = 4096;

    /// <summary>
    /// Reads GloVe's text format: a word and its numbers a line, between single blanks; a first line that holds two
    /// whole numbers (word2vec's count and width) is skipped. The file is streamed. Every line must have the number of
    /// fields of the first; the numbers themselves are read for the wanted words only. The first of several equal words counts.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="words">The words to look for, compared exactly, as UTF-8.</param>
    /// <param name="cancellation">Stops between lines.</param>
    /// <exception cref="RetortException">A line is not as expected; the message names file and line.</exception>
    public static WordVectors Read(string path, IEnumerable<string> words, CancellationToken cancellation = default)
    {
        var wanted = words.ToHashSet(StringComparer.Ordinal).GetAlternateLookup<ReadOnlySpan<char>>();
        var vectors = new Dictionary<string, float[]>(StringComparer.Ordinal);
        using FileStream stream = Open(path);
        var lines = new ByteLines(stream, path);
        int width = 0;
        while (lines.TryNext(out ReadOnlySpan<byte> line))
        {
            cancellation.ThrowIfCancellationRequested();
            line = line.TrimEnd(" \r"u8);
            if (lines.Number == 1 && IsHeader(line))
                continue;
            if (width == 0)
                width = WidthOf(line, path, lines.Number);
            int end = EndOfWord(line, width);
            if (end <= 0)
                throw Wrong(path, lines.Number, $"{line.Count((byte)' ') + 1} fields", $"a word and {width} numbers");
            if (wanted.TryGetValue(Encoding.UTF8.GetString(line[..end]), out string? word) && !vectors.ContainsKey(word))
                vectors.Add(word, Numbers(line[end..], width, path, lines.Number));
        }
        if (width == 0)
            throw new RetortException($"{path} holds no vectors; expected lines of a word and its numbers (GloVe's text format)");
        return new WordVectors(width, vectors);
    }

    private static FileStream Open(string path)
    {
        try
        {
            return File.OpenRead(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new RetortException($"cannot read the word vectors {path}: {e.Message}", e);
        }
    }

    private static bool IsHeader(ReadOnlySpan<byte> line)
    {
        int blank = line.IndexOf((byte)' ');
        return blank > 0 && IsWhole(line[..blank]) && IsWhole(line[(blank + 1)..]);
    }

    private static bool IsWhole(ReadOnlySpan<byte> field) =>
        Utf8Parser.TryParse(field, out long _, out int used) && used == field.Length;

    private static int WidthOf(ReadOnlySpan<byte> line, string path, long number)
    {
        int width = line.Count((byte)' ');
        if (width is < 1 or > LargestWidth)
            throw Wrong(path, number, $"{width + 1} fields", $"a word and 1 to {LargestWidth} numbers between single blanks");
        return width;
    }

    // A word may hold blanks itself (some of GloVe's do), so the numbers are counted from the end.
    private static int EndOfWord(ReadOnlySpan<byte> line, int width)
    {
        int end = line.Length;
        for (int k = 0; k < width && end > 0; k++)
            end = line[..end].LastIndexOf((byte)' ');
        return end;
    }

    private static float[] Numbers(ReadOnlySpan<byte> rest, int width, string path, long line)
    {
        float[] numbers = new float[width];
        for (int k = 0; k < width; k++)
        {
            rest = rest[1..];
            int length = rest.IndexOf((byte)' ') is >= 0 and int blank ? blank : rest.Length;
            ReadOnlySpan<byte> field = rest[..length];
            if (!Utf8Parser.TryParse(field, out numbers[k], out int used) || used != length || !float.IsFinite(numbers[k]))
                throw Wrong(path, line, $"'{Encoding.UTF8.GetString(field[..Math.Min(length, 40)])}'", "a finite number");
            rest = rest[length..];
        }
        return numbers;
    }

    private static RetortException Wrong(string path, long line, string found, string expected) =>
        new($"{path}, line {line}: found {found}, expected {expected}. Is the file complete, and in GloVe's text format?");
}
