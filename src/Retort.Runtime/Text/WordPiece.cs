namespace Retort.Runtime.Text;

/// <summary>Spells a word with the longest tokens that the vocabulary has, from left to right.</summary>
internal sealed class WordPiece(Vocabulary vocabulary, TokenizerOptions options, int unknownId)
{
    private readonly string _prefix = options.ContinuationPrefix;
    private readonly uint _startHash = Vocabulary.HashOf("");
    private readonly uint _insideHash = Vocabulary.HashOf(options.ContinuationPrefix);

    /// <summary>The longest word that is spelled at all, in code points.</summary>
    public int MaxCharacters { get; } = options.MaxCharactersPerWord;

    public int UnknownId { get; } = unknownId;

    /// <summary>Adds the pieces of a word, or one unknown token for the whole where a part has no piece.</summary>
    /// <param name="word">The normalized word.</param>
    /// <param name="extents">(word) Where each code unit of it stands in the original text.</param>
    /// <param name="hashes">Scratch of the word's length.</param>
    /// <param name="tokens">Receives the pieces.</param>
    public void Spell(ReadOnlySpan<char> word, ReadOnlySpan<Extent> extents, Span<uint> hashes, List<Token> tokens)
    {
        int before = tokens.Count;
        for (int start = 0; start < word.Length;)
        {
            int id = FindLongest(word[start..], hashes, start > 0, out int length);
            if (id < 0)
            {
                tokens.RemoveRange(before, tokens.Count - before);
                tokens.Add(new Token(UnknownId, extents[0].Start, extents[^1].End));
                return;
            }
            tokens.Add(new Token(id, extents[start].Start, extents[start + length - 1].End));
            start += length;
        }
    }

    private int FindLongest(ReadOnlySpan<char> rest, Span<uint> hashes, bool inside, out int length)
    {
        ReadOnlySpan<char> prefix = inside ? _prefix : default;
        uint hash = inside ? _insideHash : _startHash;
        length = Math.Min(rest.Length, vocabulary.LongestToken - prefix.Length);
        for (int k = 0; k < length; k++)
            hashes[k] = hash = Vocabulary.AddToHash(hash, rest[k]);
        for (; length > 0; length--)
        {
            int id = vocabulary.Find(hashes[length - 1], prefix, rest[..length]);
            if (id >= 0)
                return id;
        }
        return -1;
    }
}
