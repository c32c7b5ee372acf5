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
    /// The encoder's embedding of each word that is one of its tokens; a Chinese word, of which no token is made, has the mean
    /// of its characters'. The pieces of other words mean little by themselves, so these words have no vector.
    /// </summary>
    internal static WordSpace OfEncoder(EncoderVocabulary encoder, IEnumerable<string> words)
    {
        var kept = new List<string>();
        var rows = new List<Tensor>();
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        foreach (string word in words)
        {
            if (Tokens(encoder.Tokenizer, word) is not { } ids)
                continue;
            using var inner = NewDisposeScope();
            kept.Add(word);
            rows.Add(encoder.Embeddings.index_select(0, tensor(ids)).mean([0]).MoveToOuterDisposeScope()); // (width)
        }
        Tensor vectors = rows.Count > 0 ? stack(rows) : zeros(0, encoder.Embeddings.shape[1]);
        return new WordSpace(kept, vectors.DetachFromDisposeScope());
    }

    public void Dispose() => Vectors.Dispose();

    private static long[]? Tokens(WordPieceTokenizer tokenizer, string word)
    {
        var tokens = new List<Token>();
        tokenizer.Encode(word, tokens);
        bool whole = tokens.Count == 1 || (tokens.Count > 1 && word.All(c => TextUnits.IsChinese(c)));
        return whole && tokens.TrueForAll(token => token.Id != tokenizer.UnknownId) ? [.. tokens.Select(token => (long)token.Id)] : null;
    }
}
