using Retort.Runtime.Text;
using Retort.Teachers;
using static TorchSharp.torch;

namespace Retort.Transfer.Augmentation;

/// <summary>The words of a corpus, in lower case, with their vectors. Owns a tensor.</summary>
/// <param name="Words">Each once.</param>
/// <param name="Vectors">(words, width)</param>
public sealed record WordSpace(IReadOnlyList<string> Words, Tensor Vectors) : IDisposable
{
    /// <summary>The different words of texts, in the order in which they first stand there.</summary>
    internal static string[] WordsOf(IEnumerable<string> texts, ChineseWords chinese, CancellationToken cancellation = default)
    {
        var found = new HashSet<string>(StringComparer.Ordinal);
        foreach (string text in texts)
        {
            cancellation.ThrowIfCancellationRequested();
            foreach (TextUnit unit in TextUnits.Split(text, chinese))
            {
                if (unit.IsWord)
                    found.Add(unit.Text.ToLowerInvariant());
            }
        }
        return [.. found];
    }

    /// <summary>
    /// The encoder's embedding of each word that is one of its tokens. A Chinese word of several characters, of which no token is
    /// made, has the mean of theirs, and stands in a space with those of its length: a mean of several is near to every other, as
    /// all embeddings have much in common. For the same reason the mean of a space is taken away. The pieces of other words
    /// mean little by themselves, so these words have no vector.
    /// </summary>
    internal static IReadOnlyList<WordSpace> OfEncoder(EncoderVocabulary encoder, IEnumerable<string> words) =>
    [
        .. words.Select(word => (Word: word, Ids: Tokens(encoder.Tokenizer, word)))
            .Where(pair => pair.Ids.Length > 0)
            .GroupBy(pair => pair.Ids.Length)
            .Select(group => new WordSpace([.. group.Select(pair => pair.Word)], Centred(encoder.Embeddings, [.. group.SelectMany(pair => pair.Ids)], group.Key))),
    ];

    private static Tensor Centred(Tensor embeddings, long[] ids, int length)
    {
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        Tensor rows = embeddings.cpu().index_select(0, tensor(ids)).view(-1, length, embeddings.shape[1]); // (words, length, width)
        Tensor vectors = rows.mean([1]); // (words, width)
        return (vectors - vectors.mean([0])).DetachFromDisposeScope();
    }

    public void Dispose() => Vectors.Dispose();

    private static long[] Tokens(WordPieceTokenizer tokenizer, string word)
    {
        var tokens = new List<Token>();
        tokenizer.Encode(word, tokens);
        bool whole = tokens.Count == 1 || (tokens.Count > 1 && word.All(c => TextUnits.IsChinese(c)));
        return whole && tokens.TrueForAll(token => token.Id != tokenizer.UnknownId) ? [.. tokens.Select(token => (long)token.Id)] : [];
    }
}
