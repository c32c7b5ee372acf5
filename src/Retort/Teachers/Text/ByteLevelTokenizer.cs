using Retort.Runs;

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

    public int[] Encode(string text)
    {
        var ids = new List<int>();
        foreach ((string piece, int? added) in _added.Cut(text))
        {
            if (added is { } id)
                ids.Add(id);
            else
                EncodePiece(_addsPrefixSpace && piece[0] != ' ' ? ' ' + piece : piece, ids);
        }
        return [.. ids];
    }

    private void EncodePiece(string piece, List<int> ids)
    {
        for (int start = 0; start < piece.Length;)
        {
            int end = ByteLevelWords.End(piece, start);
            _pairs.Encode(piece.AsSpan(start, end - start), ids);
            start = end;
        }
    }
}
