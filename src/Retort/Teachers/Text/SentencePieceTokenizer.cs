using Retort.Runs;

namespace Retort.Teachers.Text;

/// <summary>How a text is changed before a SentencePiece model sees it, as Hugging Face's tokenizer of ALBERT does.</summary>
/// <param name="Lowercase">Whether upper case becomes lower case.</param>
/// <param name="StripAccents">Whether marks are taken from letters.</param>
/// <param name="UnifiesQuotes">Whether `` and '' become ".</param>
internal sealed record TextCleaning(bool Lowercase, bool StripAccents, bool UnifiesQuotes)
{
    public string Clean(string text)
    {
        if (UnifiesQuotes)
            text = text.Replace("``", "\"", StringComparison.Ordinal).Replace("''", "\"", StringComparison.Ordinal);
        if (StripAccents)
            text = AccentStripping.Apply(text);
        return Lowercase ? text.ToLowerInvariant() : text;
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

    public int[] Encode(string text)
    {
        var ids = new List<int>();
        var numbers = new List<int>();
        foreach (TextPiece piece in _added.Cut(text))
        {
            if (piece.Id is { } id)
            {
                ids.Add(id);
                continue;
            }
            numbers.Clear();
            _pieces.Encode(_normalizer.Normalize(_cleaning.Clean(piece.Text)), numbers);
            ids.AddRange(numbers.Select(_number));
        }
        return [.. ids];
    }
}
