namespace Retort.Runtime.Text;

/// <summary>
/// Normalizes text as BERT does (clean, set Chinese characters apart, strip accents, lower) and cuts it into words at
/// blanks and punctuation, in one pass. The order of the steps is the reference's: a sign that decomposes into
/// punctuation, such as U+2260 into "=", cuts a word too.
/// </summary>
internal ref struct WordReader(CharacterKind mask, WordBuffer words, CombiningRun run, List<Token> tokens, int limit)
{
    private const int Replacement = 0xFFFD;
    private WordBuffer _words = words;
    private CombiningRun _run = run;

    /// <summary>Reads a part of a text until its end or until the list is full; <see cref="AsciiTable"/> tells of ASCII.</summary>
    public void Read(ReadOnlySpan<char> text, int start, int end, ReadOnlySpan<byte> ascii)
    {
        for (int k = start; k < end && tokens.Count < limit;)
        {
            char c = text[k];
            if (c < ascii.Length)
            {
                ReadAscii(ascii[c], new Extent(k, ++k));
                continue;
            }
            bool pair = char.IsHighSurrogate(c) && k + 1 < end && char.IsLowSurrogate(text[k + 1]);
            int point = pair ? char.ConvertToUtf32(c, text[k + 1]) : char.IsSurrogate(c) ? Replacement : c;
            int next = pair ? k + 2 : k + 1;
            ReadCharacter(point, new Extent(k, next));
            k = next;
        }
        EndWord();
    }

    private void ReadAscii(byte action, Extent extent)
    {
        if (action == AsciiTable.Removed)
            return;
        if (_run.Count > 0)
            DrainMarks();
        if (action > AsciiTable.PunctuationBit)
            AddAlone(action & ~AsciiTable.PunctuationBit, extent);
        else if (action == AsciiTable.Blank)
            _words.Flush(tokens);
        else
            _words.Append(action, extent);
    }

    private void ReadCharacter(int c, Extent extent)
    {
        CharacterKind kind = Characters.KindOf(c) & mask;
        if ((kind & CharacterKind.Removed) != 0)
            return;
        if (kind == CharacterKind.Chinese)
        {
            EndWord();
            AddAlone(c, extent);
        }
        else if ((kind & (CharacterKind.Chinese | CharacterKind.Decomposes)) != 0)
        {
            ReadParts(c, kind, extent);
        }
        else
        {
            AddNormalized(c, kind, inserted: false, extent);
        }
    }

    private void ReadParts(int c, CharacterKind kind, Extent extent)
    {
        bool alone = (kind & CharacterKind.Chinese) != 0;
        if (alone)
            EndWord();
        Span<int> parts = stackalloc int[Characters.MostParts];
        int count = Characters.Decompose(c, parts);
        for (int k = 0; k < count; k++)
            AddNormalized(parts[k], Characters.KindOf(parts[k]) & mask, inserted: k > 0, extent);
        if (alone)
            EndWord();
    }

    private void AddNormalized(int c, CharacterKind kind, bool inserted, Extent extent)
    {
        if ((kind & CharacterKind.Combining) != 0)
        {
            _run.Add(c, inserted, extent);
            return;
        }
        if (_run.Count > 0)
            DrainMarks();
        AddOrdered(c, kind, extent);
    }

    private void AddOrdered(int c, CharacterKind kind, Extent extent)
    {
        if ((kind & CharacterKind.NonspacingMark) != 0)
            return;
        if ((kind & CharacterKind.WhiteSpace) != 0)
            _words.Flush(tokens);
        else if ((kind & CharacterKind.Punctuation) != 0)
            AddAlone(c, extent);
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

    private void AddAlone(int c, Extent extent)
    {
        _words.Flush(tokens);
        _words.Append(c, extent);
        _words.Flush(tokens);
    }

    private void DrainMarks()
    {
        _run.Sort();
        int firstParts = 0;
        for (int k = 0; k < _run.Count; k++)
        {
            int c = _run.At(k, ref firstParts, out Extent extent);
            AddOrdered(c, Characters.KindOf(c) & mask, extent);
        }
        _run.Clear();
    }

    private void EndWord()
    {
        if (_run.Count > 0)
            DrainMarks();
        _words.Flush(tokens);
    }
}
