using Retort.Runs;
using Retort.Runtime.Text;
using Retort.Teachers.Text;

namespace Retort.Teachers;

/// <summary>A text as a teacher reads it.</summary>
/// <param name="Windows">Token ids with [CLS] and [SEP]; several windows only under <see cref="LongText.WindowsMean"/>.</param>
/// <param name="TokenCount">Tokens of the whole text, [CLS] and [SEP] left out.</param>
/// <param name="Dropped">Tokens that no window holds.</param>
public sealed record EncodedText(int[][] Windows, int TokenCount, int Dropped)
{
    /// <summary>The longest window.</summary>
    public int Length => Windows.Max(window => window.Length);
}

/// <summary>Turns texts into token ids within a teacher's length limit. Immutable and thread-safe.</summary>
public sealed class TextEncoder
{
    private readonly int _room;

    /// <param name="tokenizer">The teacher's.</param>
    /// <param name="maxLength">Longest input in tokens, [CLS] and [SEP] included.</param>
    /// <param name="longText">What becomes of longer texts.</param>
    /// <exception cref="UsageException">The limit leaves no room.</exception>
    public TextEncoder(ITextTokenizer tokenizer, int maxLength, LongText longText)
    {
        if (maxLength < 3)
            throw new UsageException($"max_length is {maxLength}: expected at least 3, of which [CLS] and [SEP] take 2");
        (Tokenizer, _room, MaxLength, LongText) = (tokenizer, maxLength - 2, maxLength, longText);
    }

    public ITextTokenizer Tokenizer { get; }

    public int MaxLength { get; }

    public LongText LongText { get; }

    public EncodedText Encode(string text)
    {
        int[] ids = Tokenizer.Encode(text);
        int[][] windows = Cut(ids);
        return new EncodedText(Array.ConvertAll(windows, Frame), ids.Length, ids.Length - windows.Sum(window => window.Length));
    }

    /// <summary>
    /// Where the tokens of a text stand in it that its windows hold, [CLS] and [SEP] left out, one window behind the other.
    /// </summary>
    public Token[] Locate(string text) => [.. Cut([.. Tokenizer.Locate(text)]).SelectMany(window => window)];

    /// <summary>Encodes texts on all processors, in order.</summary>
    public EncodedText[] EncodeAll(IReadOnlyList<string> texts, CancellationToken cancellation = default)
    {
        var encoded = new EncodedText[texts.Count];
        Parallel.For(0, texts.Count, new ParallelOptions { CancellationToken = cancellation },
            k => encoded[k] = Encode(texts[k]));
        return encoded;
    }

    /// <summary>What the length limit costs, as a line for the user.</summary>
    public string TruncationNote(IReadOnlyCollection<EncodedText> texts)
    {
        int over = texts.Count(text => text.TokenCount > _room);
        long dropped = texts.Sum(text => (long)text.Dropped), all = texts.Sum(text => (long)text.TokenCount);
        return FormattableString.Invariant($"{over} of {texts.Count} texts are longer than {MaxLength} tokens; ")
            + FormattableString.Invariant($"{100.0 * dropped / Math.Max(1, all):0.00} % of all tokens are dropped");
    }

    private T[][] Cut<T>(T[] tokens)
    {
        if (tokens.Length <= _room)
            return [tokens];
        return LongText switch
        {
            LongText.Head => [tokens[.._room]],
            LongText.HeadTail => [[.. tokens[..(_room - _room / 2)], .. tokens[^(_room / 2)..]]],
            _ => [.. tokens.Chunk(_room)],
        };
    }

    private int[] Frame(int[] ids) => [Tokenizer.FirstId, .. ids, Tokenizer.LastId];
}
