using System.Text;
using Retort.Runs;
using Retort.Runtime.Text;

namespace Retort.Teachers.Text;

/// <summary>How a text is changed before a SentencePiece model sees it, as Hugging Face's tokenizer of ALBERT does.</summary>
/// <param name="Lowercase">Whether upper case becomes lower case.</param>
/// <param name="StripAccents">Whether marks are taken from letters.</param>
/// <param name="UnifiesQuotes">Whether `` and '' become ".</param>
internal sealed record TextCleaning(bool Lowercase, bool StripAccents, bool UnifiesQuotes)
{
    public LocatedText Clean(LocatedText text)
    {
        if (UnifiesQuotes)
            text = UnifyQuotes(text);
        if (StripAccents)
            text = Strip(text);
        return Lowercase ? text.With(text.ToString().ToLowerInvariant()) : text;
    }

    private static LocatedText UnifyQuotes(LocatedText text)
    {
        var unified = new LocatedText();
        for (int k = 0; k < text.Length;)
        {
            bool isQuote = text[k] is '`' or '\'' && k + 1 < text.Length && text[k + 1] == text[k];
            unified.Append(isQuote ? "\"" : text[k].ToString(), text, k, isQuote ? 2 : 1);
            k += isQuote ? 2 : 1;
        }
        return unified;
    }

    private static LocatedText Strip(LocatedText text)
    {
        var plain = new LocatedText();
        int place = 0;
        // A lone surrogate is read as U+FFFD, which is as long.
        foreach (Rune rune in text.ToString().EnumerateRunes())
        {
            plain.Append(AccentStripping.Apply(rune.ToString()), text, place, rune.Utf16SequenceLength);
            place += rune.Utf16SequenceLength;
        }
        return plain;
    }
}

/// <summary>The tokenizer of ALBERT and of XLM-RoBERTa.</summary>
internal sealed class SentencePieceTokenizer : ITextTokenizer
{
    private readonly SentencePieceNormalizer _normalizer;
    private readonly UnigramPieces _pieces;
    private readonly TextCleaning _cleaning;
    private readonly AddedTokens _added;
    private readonly Func<int, int> _number;

    /// <param name="model">The model.</param>
    /// <param name="cleaning">What comes before it.</param>
    /// <param name="pieces">Its pieces.</param>
    /// <param name="added">Tokens that are matched in the raw text.</param>
    /// <param name="number">From the number of a piece to its id.</param>
    /// <param name="count">Tokens in all.</param>
    /// <param name="firstId">Before a text.</param>
    /// <param name="lastId">Behind a text.</param>
    /// <param name="content">SHA-256 of the model's file.</param>
    public SentencePieceTokenizer(SentencePieceModel model, TextCleaning cleaning, UnigramPieces pieces, AddedTokens added, Func<int, int> number,
        int count, int firstId, int lastId, string content)
    {
        (_normalizer, _pieces, _cleaning, _added, _number) = (new SentencePieceNormalizer(model), pieces, cleaning, added, number);
        (Count, FirstId, LastId) = (count, firstId, lastId);
        Fingerprint = ContentHash.OfLines(["SentencePiece", content, $"{cleaning} {count} {firstId} {lastId} {number(model.UnknownId)}",
            .. added.All.Select(token => token.ToString())]);
    }

    public int Count { get; }

    public int FirstId { get; }

    public int LastId { get; }

    public string Fingerprint { get; }

    public int[] Encode(string text) => [.. Locate(text).Select(token => token.Id)];

    public IReadOnlyList<Token> Locate(string text)
    {
        var tokens = new List<Token>();
        var pieces = new List<Token>();
        foreach (TextPiece part in _added.Cut(text))
        {
            if (part.Id is { } id)
            {
                tokens.Add(new Token(id, part.Start, part.End));
                continue;
            }
            LocatedText normalized = _normalizer.Normalize(_cleaning.Clean(LocatedText.Of(part.Text, part.Start)));
            pieces.Clear();
            _pieces.Encode(normalized.ToString(), pieces);
            tokens.AddRange(pieces.Select(piece => new Token(_number(piece.Id), normalized.Start(piece.Start), normalized.End(piece.End - 1))));
        }
        return tokens;
    }
}
