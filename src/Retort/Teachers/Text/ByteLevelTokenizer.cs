using Retort.Runs;
using Retort.Runtime.Text;

namespace Retort.Teachers.Text;

/// <summary>RoBERTa's tokenizer: GPT-2's words, and byte pair encoding within each.</summary>
internal sealed class ByteLevelTokenizer : ITextTokenizer
{
    private readonly BytePairs _pairs;
    private readonly AddedTokens _added;
    private readonly bool _addsPrefixSpace;

    /// <param name="pairs">The vocabulary.</param>
    /// <param name="added">Tokens that are matched in the raw text.</param>
    /// <param name="addsPrefixSpace">Whether a text that begins with no blank is read as if it did.</param>
    /// <param name="count">Tokens in all.</param>
    /// <param name="firstId">Before a text.</param>
    /// <param name="lastId">Behind a text.</param>
    /// <param name="facts">All that the vocabulary was read from, in a fixed order.</param>
    public ByteLevelTokenizer(BytePairs pairs, AddedTokens added, bool addsPrefixSpace, int count, int firstId, int lastId, IEnumerable<string> facts)
    {
        (_pairs, _added, _addsPrefixSpace) = (pairs, added, addsPrefixSpace);
        (Count, FirstId, LastId) = (count, firstId, lastId);
        Fingerprint = ContentHash.OfLines(["byte-level BPE", $"{addsPrefixSpace} {firstId} {lastId}",
            .. added.All.Select(token => token.ToString()), .. facts]);
    }

    public int Count { get; }

    public int FirstId { get; }

    public int LastId { get; }

    public string Fingerprint { get; }

    public int[] Encode(string text) => [.. Locate(text).Select(token => token.Id)];

    public IReadOnlyList<Token> Locate(string text)
    {
        var tokens = new List<Token>();
        foreach (TextPiece piece in _added.Cut(text))
        {
            if (piece.Id is { } id)
                tokens.Add(new Token(id, piece.Start, piece.End));
            else if (_addsPrefixSpace && piece.Text[0] != ' ')
                EncodePiece(' ' + piece.Text, piece.Start - 1, piece.Start, tokens);
            else
                EncodePiece(piece.Text, piece.Start, piece.Start, tokens);
        }
        return tokens;
    }

    /// <param name="piece">What stands between added tokens.</param>
    /// <param name="offset">Where it begins in the text.</param>
    /// <param name="first">What no token stands before, as the blank that is put before a text is not in it.</param>
    /// <param name="tokens">Grows.</param>
    private void EncodePiece(string piece, int offset, int first, List<Token> tokens)
    {
        var word = new List<Token>();
        for (int start = 0; start < piece.Length;)
        {
            int end = ByteLevelWords.End(piece, start);
            ReadOnlySpan<char> chars = piece.AsSpan(start, end - start);
            word.Clear();
            _pairs.Encode(chars, word);
            int[] places = Utf8Places.Of(chars);
            foreach (Token token in word)
                tokens.Add(new Token(token.Id, Math.Max(first, offset + start + places[token.Start]), Math.Max(first, offset + start + EndOf(places, token.End))));
            start = end;
        }
    }

    // A token that ends within a character stands over the whole of it.
    private static int EndOf(int[] places, int end)
    {
        int last = places[end - 1];
        while (places[end] == last)
            end++;
        return places[end];
    }
}
