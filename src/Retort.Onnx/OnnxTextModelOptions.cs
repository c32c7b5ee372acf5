using Retort.Runtime.Text;

namespace Retort.Onnx;

/// <summary>What an ONNX text classifier is opened with.</summary>
public sealed record OnnxTextModelOptions
{
    private const int ProbeTexts = 8, LongestProbe = 12;

    /// <summary>Threads; 0: one a core.</summary>
    public int Threads { get; init; }

    /// <summary>The tokenizer's id of padding.</summary>
    public int PaddingId { get; init; }

    /// <summary>
    /// Texts of token ids that the model is tried on, of several lengths: they show what its outputs are. The first should
    /// hold the tokenizer's highest id.
    /// </summary>
    public required IReadOnlyList<int[]> Probe { get; init; }

    /// <summary>Classes that are expected, to tell outputs apart; 0: unknown.</summary>
    public int Classes { get; init; }

    /// <summary>Texts to try a model on: ids from all over a tokenizer's vocabulary, the highest among them, in texts of several lengths.</summary>
    public static IReadOnlyList<int[]> ProbeOf(WordPieceTokenizer tokenizer)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        int count = tokenizer.Vocabulary.Count, first = Math.Max(0, tokenizer.ClassifierId), last = Math.Max(0, tokenizer.SeparatorId);
        return [.. Enumerable.Range(0, ProbeTexts).Select(text =>
        {
            int length = 1 + text * 5 % (LongestProbe - 2);
            return (int[])[first, .. Enumerable.Range(0, length).Select(k => (int)((count - 1 + (long)(text + ProbeTexts * k) * 7919) % count)), last];
        })];
    }
}
