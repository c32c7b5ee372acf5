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

    /// <summary>Those of a model that reads a tokenizer's ids.</summary>
    /// <param name="tokenizer">The model's.</param>
    /// <param name="classes">That it is expected to tell apart.</param>
    /// <param name="threads">Threads; 0: one a core.</param>
    public static OnnxTextModelOptions For(WordPieceTokenizer tokenizer, int classes, int threads)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        return new OnnxTextModelOptions { Threads = threads, PaddingId = Math.Max(0, tokenizer.PaddingId), Probe = ProbeOf(tokenizer), Classes = classes };
    }

    // Ids from all over the vocabulary, the highest among them, in texts of several lengths.
    private static IReadOnlyList<int[]> ProbeOf(WordPieceTokenizer tokenizer)
    {
        int count = tokenizer.Vocabulary.Count, first = Math.Max(0, tokenizer.ClassifierId), last = Math.Max(0, tokenizer.SeparatorId);
        return [.. Enumerable.Range(0, ProbeTexts).Select(text =>
        {
            int length = 1 + text * 5 % (LongestProbe - 2);
            return (int[])[first, .. Enumerable.Range(0, length).Select(k => (int)((count - 1 + (long)(text + ProbeTexts * k) * 7919) % count)), last];
        })];
    }
}
