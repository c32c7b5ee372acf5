using Retort.Runs;

namespace Retort.Students;

/// <summary>The lines of a stream as bytes, each no longer than a fixed buffer.</summary>
internal sealed class ByteLines(Stream stream, string path)
{
    private const int LongestLine = 1 << 20;

    private readonly byte[] _buffer = new byte[LongestLine];
    private int _start, _end;
    private bool _ended;

    /// <summary>The number of the last line, from 1.</summary>
    public long Number { get; private set; }

    /// <summary>The next line without its end, valid until the next call; empty lines are left out.</summary>
    public bool TryNext(out ReadOnlySpan<byte> line)
    {
        do
        {
            if (!TryNextOfAny(out line))
                return false;
        }
        while (line.TrimEnd((byte)'\r').IsEmpty);
        return true;
    }

    private bool TryNextOfAny(out ReadOnlySpan<byte> line)
    {
        int length;
        while ((length = _buffer.AsSpan(_start, _end - _start).IndexOf((byte)'\n')) < 0)
        {
            if (_ended)
            {
                length = _end - _start;
                break;
            }
            Fill();
        }
        line = _buffer.AsSpan(_start, length);
        if (_start == _end)
            return false;
        _start = Math.Min(_end, _start + length + 1);
        Number++;
        return true;
    }

    private void Fill()
    {
        _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
        (_start, _end) = (0, _end - _start);
        if (_end == _buffer.Length)
            throw new RetortException($"{path}, line {Number + 1}: longer than {LongestLine} bytes; expected a line of text");
        int read = stream.Read(_buffer, _end, _buffer.Length - _end);
        _ended = read == 0;
        _end += read;
    }
}
