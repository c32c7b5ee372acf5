using System.Buffers;
using System.Text;

namespace Retort.Data.Formats;

/// <summary>
/// The characters of a CSV file, for the parser to cut up. What cannot be read is marked with lone surrogates, which no
/// valid UTF-8 decodes to, so that the row that holds it can be told and named.
/// </summary>
internal sealed class CsvText(LineReader lines) : TextReader
{
    /// <summary>Stands for a byte that is not UTF-8.</summary>
    public const char NotUtf8 = '\uDFFF';

    /// <summary>Stands for a line beyond the limit.</summary>
    public const char TooLong = '\uDFFE';

    /// <summary>Never stands in the text.</summary>
    public const char Absent = '\uDFFD';

    private string _text = "";
    private int _position;

    public override int Read(Span<char> buffer)
    {
        int copied = 0;
        while (copied < buffer.Length && (_position < _text.Length || NextLine()))
        {
            int count = Math.Min(_text.Length - _position, buffer.Length - copied);
            _text.AsSpan(_position, count).CopyTo(buffer[copied..]);
            _position += count;
            copied += count;
        }
        return copied;
    }

    public override int Read(char[] buffer, int index, int count) => Read(buffer.AsSpan(index, count));

    public override int ReadBlock(char[] buffer, int index, int count) => Read(buffer.AsSpan(index, count));

    /// <summary>Why a row that was read from here cannot be used, or null.</summary>
    public static string? Problem(ReadOnlySpan<char> row) => row.IndexOfAny(NotUtf8, TooLong, '\0') switch
    {
        < 0 => null,
        var at when row[at] == TooLong => LineReader.TooLongProblem,
        var at when row[at] == '\0' => LineReader.NulProblem,
        _ => $"a byte that is not UTF-8; {LineReader.ConvertCure}",
    };

    private bool NextLine()
    {
        if (!lines.Next())
            return false;
        _position = 0;
        _text = (lines.Problem is null ? lines.Line : Marked(lines.Bytes.Span)) + lines.End;
        return true;
    }

    private static string Marked(ReadOnlySpan<byte> line)
    {
        if (line.IsEmpty)
            return TooLong.ToString();
        var text = new StringBuilder(line.Length);
        Span<char> pair = stackalloc char[2];
        while (!line.IsEmpty)
        {
            if (Rune.DecodeFromUtf8(line, out Rune rune, out int used) == OperationStatus.Done)
                text.Append(pair[..rune.EncodeToUtf16(pair)]);
            else
                text.Append(NotUtf8);
            line = line[used..];
        }
        return text.ToString();
    }
}
