namespace Retort.Runtime.Text;

/// <summary>
/// Normalizes text as BERT does (clean, set Chinese characters apart, strip accents, lower) and cuts it into words at
/// blanks and punctuation, in one pass. The order of the steps is the reference's: a sign that decomposes into
/// punctuation, such as U+2260 into "=", cuts a word too.
/// </summary>
internal ref struct WordReader(CharacterKind mask, WordBuffer words, CombiningRun run)
{
    private WordBuffer _words = words;
    private CombiningRun _run = run;

    /// <summary>The sink wants no more.</summary>
    public readonly bool Stopped => _words.Stopped;

    /// <summary>A word has begun that later characters may lengthen.</summary>
    public readonly bool IsInside => _words.HasWord || _run.Count > 0;

    /// <summary>Takes the next character.</summary>
    /// <param name="c">The code point.</param>
    /// <param name="extent">Where it stands.</param>
    /// <param name="sink">Receives the tokens of a word that ends with it.</param>
    public void Read<TSink>(int c, Extent extent, ref TSink sink)
        where TSink : struct, ITokenSink, allows ref struct
    {
        CharacterKind kind = Characters.KindOf(c) & mask;
        if ((kind & CharacterKind.Removed) != 0)
            return;
        if (kind == CharacterKind.Chinese)
        {
            EndWord(ref sink);
            AddAlone(c, extent, ref sink);
        }
        else if ((kind & (CharacterKind.Chinese | CharacterKind.Decomposes)) != 0)
        {
            ReadParts(c, kind, extent, ref sink);
        }
        else
        {
            AddNormalized(c, kind, inserted: false, extent, ref sink);
        }
    }

    private void ReadParts<TSink>(int c, CharacterKind kind, Extent extent, ref TSink sink)
        where TSink : struct, ITokenSink, allows ref struct
    {
        bool alone = (kind & CharacterKind.Chinese) != 0;
        if (alone)
            EndWord(ref sink);
        Span<int> parts = stackalloc int[Characters.MostParts];
        int count = Characters.Decompose(c, parts);
        for (int k = 0; k < count; k++)
            AddNormalized(parts[k], Characters.KindOf(parts[k]) & mask, inserted: k > 0, extent, ref sink);
        if (alone)
            EndWord(ref sink);
    }

    private void AddNormalized<TSink>(int c, CharacterKind kind, bool inserted, Extent extent, ref TSink sink)
        where TSink : struct, ITokenSink, allows ref struct
    {
        if ((kind & CharacterKind.Combining) != 0)
        {
            _run.Add(c, inserted, extent);
            return;
        }
        if (_run.Count > 0)
            DrainMarks(ref sink);
        AddOrdered(c, kind, extent, ref sink);
    }

    private void AddOrdered<TSink>(int c, CharacterKind kind, Extent extent, ref TSink sink)
        where TSink : struct, ITokenSink, allows ref struct
    {
        if ((kind & CharacterKind.NonspacingMark) != 0)
            return;
        if ((kind & CharacterKind.WhiteSpace) != 0)
            _words.Flush(ref sink);
        else if ((kind & CharacterKind.Punctuation) != 0)
            AddAlone(c, extent, ref sink);
        else if ((kind & CharacterKind.Lowers) == 0)
            _words.Append(c, extent);
        else
            AddLowered(c, extent);
    }

    private void AddLowered(int c, Extent extent)
    {
        _words.Append(Characters.ToLower(c), extent);
        if (c == Characters.CapitalIWithDot)
            _words.Append(Characters.CombiningDotAbove, extent);
    }

    private void AddAlone<TSink>(int c, Extent extent, ref TSink sink)
        where TSink : struct, ITokenSink, allows ref struct
    {
        _words.Flush(ref sink);
        _words.Append(c, extent);
        _words.Flush(ref sink);
    }

    private void DrainMarks<TSink>(ref TSink sink)
        where TSink : struct, ITokenSink, allows ref struct
    {
        _run.Sort();
        int firstParts = 0;
        for (int k = 0; k < _run.Count; k++)
        {
            int c = _run.At(k, ref firstParts, out Extent extent);
            AddOrdered(c, Characters.KindOf(c) & mask, extent, ref sink);
        }
        _run.Clear();
    }

    /// <summary>Ends the word, if one has begun.</summary>
    public void EndWord<TSink>(ref TSink sink)
        where TSink : struct, ITokenSink, allows ref struct
    {
        if (_run.Count > 0)
            DrainMarks(ref sink);
        _words.Flush(ref sink);
    }
}
