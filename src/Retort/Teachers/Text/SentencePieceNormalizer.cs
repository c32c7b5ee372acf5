using System.Text;

namespace Retort.Teachers.Text;

/// <summary>Rewrites a text as a SentencePiece model reads it: its characters mapped, its blanks collapsed and written as ▁.</summary>
internal sealed class SentencePieceNormalizer
{
    private const char Blank = '\u2581';

    private readonly SentencePieceModel _model;
    private readonly byte[][] _userDefined;

    public SentencePieceNormalizer(SentencePieceModel model)
    {
        _model = model;
        _userDefined = [.. model.Pieces.Where(piece => piece.Sort == PieceSort.UserDefined && piece.Text.Length > 0)
            .Select(piece => Encoding.UTF8.GetBytes(piece.Text)).OrderByDescending(text => text.Length)];
    }

    public string Normalize(string text)
    {
        byte[] utf8 = Encoding.UTF8.GetBytes(text);
        var mapped = new List<byte>(utf8.Length + 8);
        for (int place = 0; place < utf8.Length;)
            place += Map(utf8.AsSpan(place), mapped);
        string flat = Encoding.UTF8.GetString([.. mapped]);
        if (_model.CollapsesSpaces)
            flat = string.Join(' ', flat.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        string marked = flat.Replace(' ', Blank);
        // As the reference does: a text that spells out the sign of a blank gets no second one.
        return _model.AddsPrefix && marked.Length > 0 && marked[0] != Blank ? Blank + marked : marked;
    }

    // What the user of SentencePiece defined stands as it is; else the longest beginning is mapped, else one character kept.
    private int Map(ReadOnlySpan<byte> utf8, List<byte> mapped)
    {
        foreach (byte[] own in _userDefined)
        {
            if (!utf8.StartsWith(own))
                continue;
            mapped.AddRange(own);
            return own.Length;
        }
        if (_model.Characters?.Find(utf8) is { Length: > 0 } found)
        {
            mapped.AddRange(found.Text.Span);
            return found.Length;
        }
        Rune.DecodeFromUtf8(utf8, out _, out int width);
        mapped.AddRange(utf8[..width]);
        return width;
    }
}
