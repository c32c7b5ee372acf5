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

    public LocatedText Normalize(LocatedText text)
    {
        LocatedText flat = Map(text);
        if (_model.CollapsesSpaces)
            flat = Collapse(flat);
        var marked = new LocatedText();
        // As the reference does: a text that spells out the sign of a blank gets no second one.
        if (_model.AddsPrefix && flat.Length > 0 && flat[0] is not (' ' or Blank))
            marked.Append(Blank, flat.Start(0), flat.Start(0));
        for (int k = 0; k < flat.Length; k++)
            marked.Append(flat[k] == ' ' ? Blank : flat[k], flat.Start(k), flat.End(k));
        return marked;
    }

    private LocatedText Map(LocatedText text)
    {
        byte[] utf8 = Encoding.UTF8.GetBytes(text.ToString());
        int[] characters = Utf8Places.Of(text.ToString());
        var flat = new LocatedText();
        var mapped = new List<byte>();
        for (int place = 0; place < utf8.Length;)
        {
            mapped.Clear();
            int width = Map(utf8.AsSpan(place), mapped), first = characters[place];
            flat.Append(Encoding.UTF8.GetString([.. mapped]), text, first, characters[place + width] - first);
            place += width;
        }
        return flat;
    }

    // No blank at either end, and no two together.
    private static LocatedText Collapse(LocatedText text)
    {
        var collapsed = new LocatedText();
        int blank = -1;
        for (int k = 0; k < text.Length; k++)
        {
            if (text[k] == ' ')
            {
                blank = blank < 0 ? k : blank;
                continue;
            }
            if (blank >= 0 && collapsed.Length > 0)
                collapsed.Append(' ', text.Start(blank), text.End(blank));
            collapsed.Append(text[k], text.Start(k), text.End(k));
            blank = -1;
        }
        return collapsed;
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
