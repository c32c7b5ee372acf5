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

    /// <summary>Finds the pieces of a word.</summary>
    /// <param name="word">The normalized word.</param>
    /// <param name="hashes">Scratch of the word's length.</param>
    /// <param name="pieces">Receives the pieces; of the word's length.</param>
    /// <returns>The number of pieces; 0 where a part of the word has none, which makes the whole of it unknown.</returns>
    public int Spell(ReadOnlySpan<char> word, Span<uint> hashes, Span<Piece> pieces)
    {
        int count = 0;
        for (int start = 0; start < word.Length;)
        {
            int id = FindLongest(word[start..], hashes, start > 0, out int length);
            if (id < 0)
                return 0;
            start += length;
            pieces[count++] = new Piece(id, start);
        }
        return count;
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
