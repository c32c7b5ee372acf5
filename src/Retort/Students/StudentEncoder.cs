using Retort.Runtime.Text;

namespace Retort.Students;

/// <summary>Turns texts into the token ids that the student reads. Immutable and thread-safe.</summary>
/// <param name="Tokenizer">WordPiece over the student's vocabulary.</param>
/// <param name="MaxLength">Longest input in tokens; what stands behind is not read.</param>
public sealed record StudentEncoder(WordPieceTokenizer Tokenizer, int MaxLength)
{
    /// <summary>The ids of a text, without [CLS] and [SEP]; empty for a text of blanks.</summary>
    public int[] Encode(string text) => Locate(text).ConvertAll(token => token.Id).ToArray();

    /// <summary>The same tokens with where they stand in the text.</summary>
    public List<Token> Locate(string text)
    {
        var tokens = new List<Token>();
        Tokenizer.Encode(text, tokens, MaxLength);
        return tokens;
    }

    /// <summary>Encodes texts on all processors, in order.</summary>
    public int[][] EncodeAll(IReadOnlyList<string> texts, CancellationToken cancellation = default)
    {
        int[][] encoded = new int[texts.Count][];
        Parallel.For(0, texts.Count, new ParallelOptions { CancellationToken = cancellation },
            k => encoded[k] = Encode(texts[k]));
        return encoded;
    }
}
