using System.Text;
using System.Text.Unicode;
using Retort.Runs;

namespace Retort.Data.Formats;

/// <summary>
/// The physical lines of a UTF-8 file, one at a time. A line beyond the limit is skipped without being held; a UTF-8
/// byte order mark is dropped; LF and CRLF end a line.
/// </summary>
internal sealed class LineReader : IDisposable
{
    /// <summary>The longest line, in bytes.</summary>
    public const int MaxLine = 10 << 20;

    public const string TooLongProblem =
        "a line of more than 10 MB; is the end of line missing, or is this not a text file?";
    public const string NulProblem =
        "a NUL byte; the file is damaged or not UTF-8 (UTF-16 looks like this): save it as UTF-8";
    public const string ConvertCure =
        "convert the file, for instance with `iconv -f GB18030 -t UTF-8` or `iconv -f LATIN1 -t UTF-8`";

    private readonly string _path;
    private readonly FileStream _file;
    private byte[] _buffer = new byte[1 << 16];
    private int _start, _end;
    private bool _ended;

    /// <exception cref="UsageException">The file is absent.</exception>
    /// <exception cref="RetortException">The file cannot be read or starts with a UTF-16 byte order mark.</exception>
    public LineReader(string path)
    {
        _path = path;
        _file = DataFile.Open(path);
        try
        {
            SkipByteOrderMark();
        }
        catch
        {
            _file.Dispose();
            throw;
        }
    }

    /// <summary>The number of the current line, from 1.</summary>
    public long Number { get; private set; }

    /// <summary>The current line without its end; empty where there is a <see cref="Problem"/>.</summary>
    public string Line { get; private set; } = "";

    /// <summary>Why the current line cannot be read, or null.</summary>
    public string? Problem { get; private set; }

    /// <summary>The current line's bytes without its end, until the next is read; empty where it is too long.</summary>
    public ReadOnlyMemory<byte> Bytes { get; private set; }

    /// <summary>What ended the current line: LF, CRLF, or nothing at the end of the file.</summary>
    public string End { get; private set; } = "";

    /// <summary>Moves to the next line; false at the end of the file.</summary>
    public bool Next()
    {
        if (!TakeLine(out bool tooLong))
            return false;
        Number++;
        Problem = tooLong
            ? TooLongProblem
            : Check(Bytes.Span);
        Line = Problem is null ? Encoding.UTF8.GetString(Bytes.Span) : "";
        return true;
    }

    public void Dispose() => _file.Dispose();

    private static string? Check(ReadOnlySpan<byte> line)
    {
        if (line.Contains((byte)0))
            return NulProblem;
        if (Utf8.IsValid(line))
            return null;
        int at = 0;
        while (Rune.DecodeFromUtf8(line[at..], out _, out int used) == System.Buffers.OperationStatus.Done)
            at += used;
        return $"byte 0x{line[at]:X2} at position {at + 1} is not UTF-8; {ConvertCure}";
    }

    private void SkipByteOrderMark()
    {
        Fill();
        ReadOnlySpan<byte> head = _buffer.AsSpan(0, _end);
        if (head.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xFE]) || head.StartsWith((ReadOnlySpan<byte>)[0xFE, 0xFF]))
            throw new RetortException($"{_path}, line 1: the file is UTF-16 and UTF-8 is expected; "
                + "convert it, for instance with `iconv -f UTF-16 -t UTF-8`.");
        if (head.StartsWith((ReadOnlySpan<byte>)[0xEF, 0xBB, 0xBF]))
            _start = 3;
    }

    private bool TakeLine(out bool tooLong)
    {
        tooLong = false;
        int searched = 0;
        while (true)
        {
            int length = _buffer.AsSpan(_start + searched, _end - _start - searched).IndexOf((byte)'\n');
            if (length >= 0)
            {
                tooLong |= searched + length > MaxLine;
                Take(tooLong ? 0 : searched + length, "\n");
                _start += searched + length + 1;
                return true;
            }
            searched = _end - _start;
            if (searched > MaxLine)
            {
                tooLong = true;
                _start = _end;
                searched = 0;
            }
            if (!_ended)
            {
                Fill();
                continue;
            }
            Take(searched, "");
            _start = _end;
            return searched > 0 || tooLong;
        }
    }

    private void Take(int length, string end)
    {
        bool hasReturn = length > 0 && _buffer[_start + length - 1] == '\r';
        Bytes = _buffer.AsMemory(_start, hasReturn ? length - 1 : length);
        End = hasReturn ? "\r" + end : end;
    }

    // Moves what is left to the front, grows the buffer where that is not enough, and reads until something came.
    private void Fill()
    {
        int left = _end - _start;
        if (left == _buffer.Length)
            Array.Resize(ref _buffer, _buffer.Length * 2);
        else
            _buffer.AsSpan(_start, left).CopyTo(_buffer);
        (_start, _end) = (0, left);
        // Four bytes or more: a byte order mark must not be split.
        int read = _file.ReadAtLeast(_buffer.AsSpan(_end), Math.Min(4, _buffer.Length - _end), throwOnEndOfStream: false);
        _end += read;
        _ended = read == 0;
    }
}
