using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Retort.Runtime.Text;

/// <summary>
/// Turns text into tokens: what is common (ASCII words, Chinese characters, punctuation, blanks) by look-ups alone, the
/// rest by <see cref="WordReader"/>, one word at a time. Both give the same answer where both can.
/// </summary>
internal sealed class TokenReader
{
    private const int Stopped = -1, Scratch = 256;

    private readonly CharacterKind _mask;
    private readonly SpecialTokens _specialTokens;
    private readonly WordPiece _pieces;
    private readonly CharacterActions _actions;
    private readonly ShortWords _shortWords;
    private readonly int _longestShortWord;
    private readonly byte _caseBit;

    public TokenReader(Vocabulary vocabulary, TokenizerOptions options, int unknownId, SpecialTokens specialTokens)
    {
        _mask = options.Mask;
        _specialTokens = specialTokens;
        _pieces = new WordPiece(vocabulary, options, unknownId);
        _actions = new CharacterActions(_mask, vocabulary, unknownId, specialTokens);
        _shortWords = new ShortWords(vocabulary, options.ContinuationPrefix);
        _caseBit = options.Lowercase ? (byte)0x20 : (byte)0;
        bool splits = false;
        foreach (int c in specialTokens.FirstCharacters)
            splits |= c < 128 && char.IsAsciiLetterOrDigit((char)c);
        // A special token that begins with a letter may stand inside a word, so no word may be taken at once.
        _longestShortWord = splits ? 0 : Math.Min(ShortWord.MaxLength, options.MaxCharactersPerWord);
    }

    /// <summary>Tells the sink of the tokens of a text until it wants no more.</summary>
    public void Read<TUnit, TEncoding, TSink>(ReadOnlySpan<TUnit> text, ref TSink sink)
        where TUnit : unmanaged
        where TEncoding : struct, ITextEncoding<TUnit>
        where TSink : struct, ITokenSink, allows ref struct
    {
        int lastSpecial = 0;
        for (int k = 0; (uint)k < (uint)text.Length;)
        {
            k = ReadCommon<TUnit, TEncoding, TSink>(text, k, ref sink);
            if ((uint)k < (uint)text.Length)
                k = ReadRare<TUnit, TEncoding, TSink>(text, k, ref lastSpecial, ref sink);
        }
    }

    /// <summary>Reads until something rare.</summary>
    /// <returns>Its place, or the end of the text, or <see cref="Stopped"/>.</returns>
    private int ReadCommon<TUnit, TEncoding, TSink>(ReadOnlySpan<TUnit> text, int k, ref TSink sink)
        where TUnit : unmanaged
        where TEncoding : struct, ITextEncoding<TUnit>
        where TSink : struct, ITokenSink, allows ref struct
    {
        int action = _actions[TEncoding.Peek(text, k, out int length)];
        while (true)
        {
            if (action == CharacterActions.Letter)
            {
                int end = ReadWord<TUnit, TEncoding, TSink>(text, k, ref sink, out length, out action);
                if (end <= k || end == text.Length)
                    return end;
                k = end;
            }
            if (action >= 0)
            {
                if (!sink.Add(action, k, k + length))
                    return Stopped;
            }
            else if (action is not (CharacterActions.Blank or CharacterActions.Removed))
            {
                return k;
            }
            k += length;
            if (k >= text.Length)
                return k;
            action = _actions[TEncoding.Peek(text, k, out length)];
        }
    }

    /// <summary>Reads a word of ASCII letters and digits.</summary>
    /// <param name="text">The text.</param>
    /// <param name="start">Where the word begins.</param>
    /// <param name="sink">Receives its tokens.</param>
    /// <param name="next">The number of code units of the character behind it.</param>
    /// <param name="action">What becomes of that character: a blank, if there is none.</param>
    /// <returns>Its end; or its start, if it is longer or goes on otherwise; or <see cref="Stopped"/>.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int ReadWord<TUnit, TEncoding, TSink>(
        ReadOnlySpan<TUnit> text, int start, ref TSink sink, out int next, out int action)
        where TUnit : unmanaged
        where TEncoding : struct, ITextEncoding<TUnit>
        where TSink : struct, ITokenSink, allows ref struct
    {
        Vector128<byte> block = LetterBlock.Load<TUnit, TEncoding>(text, start, out int before);
        int length = BitOperations.TrailingZeroCount(~(LetterBlock.LettersOf(block) >> before));
        int end = start + length;
        (next, action) = (0, CharacterActions.Blank);
        if (end < text.Length)
            action = _actions[TEncoding.Peek(text, end, out next)];
        if (length > _longestShortWord || !CharacterActions.EndsWord(action))
            return start;
        ShortWord word = ShortWord.From(block | Vector128.Create(_caseBit));
        word = (before == 0 ? word : word.Skip(before)).Take(length);
        int id = _shortWords.Find(word);
        if (id < 0)
            return AddPieces(word, length, start, ref sink) ? end : Stopped;
        return sink.Add(id, start, end) ? end : Stopped;
    }

    [SkipLocalsInit]
    private bool AddPieces<TSink>(ShortWord word, int length, int start, ref TSink sink)
        where TSink : struct, ITokenSink, allows ref struct
    {
        Span<Piece> pieces = stackalloc Piece[ShortWord.MaxLength];
        int count = _shortWords.Spell(word, length, pieces);
        if (count == 0)
            return sink.Add(_pieces.UnknownId, start, start + length);
        int from = start;
        foreach (Piece piece in pieces[..count])
        {
            if (!sink.Add(piece.Id, from, start + piece.End))
                return false;
            from = start + piece.End;
        }
        return true;
    }

    /// <summary>Reads a special token or a word by the long way.</summary>
    /// <returns>Where it ends, or <see cref="Stopped"/>.</returns>
    // Pointers, for the compiler fears that a sink could keep a span of the stack.
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.NoInlining)]
    private unsafe int ReadRare<TUnit, TEncoding, TSink>(ReadOnlySpan<TUnit> text, int k, ref int lastSpecial, ref TSink sink)
        where TUnit : unmanaged
        where TEncoding : struct, ITextEncoding<TUnit>
        where TSink : struct, ITokenSink, allows ref struct
    {
        char* word = stackalloc char[Scratch];
        Extent* extents = stackalloc Extent[Scratch];
        uint* hashes = stackalloc uint[Scratch];
        Piece* spelling = stackalloc Piece[Scratch];
        ulong* marks = stackalloc ulong[CombiningRun.Scratch];
        Extent* sources = stackalloc Extent[CombiningRun.Scratch];
        var words = new WordBuffer(
            _pieces, new(word, Scratch), new(extents, Scratch), new(hashes, Scratch), new(spelling, Scratch));
        var reader = new WordReader(
            _mask, words, new CombiningRun(new(marks, CombiningRun.Scratch), new(sources, CombiningRun.Scratch)));
        do
        {
            int length = TEncoding.Decode(text, k, out int c);
            if (_specialTokens.FirstCharacters.Contains(c)
                && _specialTokens.TryMatch<TUnit, TEncoding>(text, lastSpecial, k, out Token special))
            {
                reader.EndWord(ref sink);
                bool more = !reader.Stopped && sink.Add(special.Id, special.Start, special.End);
                lastSpecial = special.End;
                return more ? special.End : Stopped;
            }
            reader.Read(c, new Extent(k, k + length), ref sink);
            k += length;
        }
        while (k < text.Length && reader.IsInside && !reader.Stopped);
        reader.EndWord(ref sink);
        return reader.Stopped ? Stopped : k;
    }
}
