namespace Retort.Runtime.Text;

/// <summary>
/// Collects the characters of one word and hands the word to <see cref="WordPiece"/>. Grows beyond the caller's scratch,
/// which are four spans of one length, only where the options allow of longer words.
/// </summary>
internal ref struct WordBuffer(WordPiece pieces, Span<char> word, Span<Extent> extents, Span<uint> hashes, Span<Piece> spelling)
{
    private Span<char> _word = word;
    private Span<Extent> _extents = extents;
    private Span<uint> _hashes = hashes;
    private Span<Piece> _spelling = spelling;
    private int _length, _characters, _lastEnd;

    /// <summary>The sink wants no more.</summary>
    public bool Stopped { get; private set; }

    /// <summary>A word has begun.</summary>
    public readonly bool HasWord => _characters > 0;

    public void Append(int c, Extent extent)
    {
        _lastEnd = extent.End;
        // What is too long becomes unknown whatever it says: its extent is all that counts.
        if (++_characters > pieces.MaxCharacters)
            return;
        if (c >= 0x10000)
        {
            Write((char)(0xD800 + ((c - 0x10000) >> 10)), extent);
            Write((char)(0xDC00 + ((c - 0x10000) & 0x3FF)), extent);
        }
        else
        {
            Write((char)c, extent);
        }
    }

    /// <summary>Ends the word, if one has begun.</summary>
    public void Flush<TSink>(ref TSink sink) where TSink : struct, ITokenSink, allows ref struct
    {
        if (_characters == 0)
            return;
        bool tooLong = _characters > pieces.MaxCharacters;
        int count = tooLong ? 0 : pieces.Spell(_word[.._length], _hashes, _spelling);
        if (count == 0)
            Stopped = Stopped || !sink.Add(pieces.UnknownId, _extents[0].Start, _lastEnd);
        for (int k = 0, start = 0; k < count && !Stopped; k++)
        {
            Piece piece = _spelling[k];
            Stopped = !sink.Add(piece.Id, _extents[start].Start, _extents[piece.End - 1].End);
            start = piece.End;
        }
        (_length, _characters) = (0, 0);
    }

    private void Write(char c, Extent extent)
    {
        if (_length == _word.Length)
            Grow();
        _word[_length] = c;
        _extents[_length++] = extent;
    }

    private void Grow()
    {
        int capacity = _length * 2;
        var word = new char[capacity];
        var extents = new Extent[capacity];
        _word.CopyTo(word);
        _extents.CopyTo(extents);
        _word = word;
        _extents = extents;
        _hashes = new uint[capacity];
        _spelling = new Piece[capacity];
    }
}
