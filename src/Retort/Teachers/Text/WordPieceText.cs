using System.Text;
using System.Text.Json;
using Retort.Runs;
using Retort.Runtime.Text;

namespace Retort.Teachers.Text;

/// <summary>WordPiece: the tokenizer of BERT, DistilBERT and Chinese ALBERTs.</summary>
public sealed class WordPieceText : ITextTokenizer
{
    private readonly Lazy<string> _fingerprint;

    /// <exception cref="UsageException">The vocabulary lacks [CLS] or [SEP].</exception>
    public WordPieceText(WordPieceTokenizer tokenizer)
    {
        if (tokenizer.ClassifierId < 0 || tokenizer.SeparatorId < 0)
        {
            throw new UsageException($"the teacher's vocabulary lacks '{tokenizer.Options.ClassifierToken}' or "
                + $"'{tokenizer.Options.SeparatorToken}': expected a BERT vocabulary");
        }
        WordPiece = tokenizer;
        _fingerprint = new Lazy<string>(ComputeFingerprint);
    }

    public WordPieceTokenizer WordPiece { get; }

    public int Count => WordPiece.Vocabulary.Count;

    public int FirstId => WordPiece.ClassifierId;

    public int LastId => WordPiece.SeparatorId;

    public string Fingerprint => _fingerprint.Value;

    public int[] Encode(string text) => [.. Locate(text).Select(token => token.Id)];

    public IReadOnlyList<Token> Locate(string text)
    {
        var tokens = new List<Token>();
        WordPiece.Encode(text, tokens);
        return tokens;
    }

    private string ComputeFingerprint()
    {
        var facts = new StringBuilder(JsonSerializer.Serialize(WordPiece.Options, JsonForm.Compact));
        for (int id = 0; id < Count; id++)
            facts.Append('\n').Append(WordPiece.Vocabulary[id]);
        return ContentHash.OfText(facts.ToString());
    }
}
