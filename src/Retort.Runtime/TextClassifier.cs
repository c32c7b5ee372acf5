using Retort.Runtime.Kernels;
using Retort.Runtime.Model;
using Retort.Runtime.Text;

namespace Retort.Runtime;

/// <summary>
/// A distilled student, ready to answer. Immutable and thread-safe: one instance serves all threads. Once its buffers are
/// warm, a classification allocates nothing, with as many threads at once as twice the processors. Text may be of any length and content; what stands behind the student's
/// longest input (<see cref="MaxTokens"/>) is not read.
/// </summary>
public sealed class TextClassifier : IDisposable
{
    private const int TextsAtOnce = 64;

    private readonly string[] _labels;
    private readonly int _threads;

    // What a call reads once and then keeps alive; null: disposed.
    private volatile Loaded? _loaded;

    private TextClassifier(StudentFiles files, TextClassifierOptions options, ConvolutionKernel kernel)
    {
        StudentConfig config = files.Config;
        StudentCore core = StudentCore.Read(files, options, kernel);
        (TableBytes, RowBytes) = (core.TableBytes, core.RowBytes);
        _threads = options.Threads;
        _loaded = new Loaded(new WordPieceTokenizer(files.Vocabulary, config.Tokenizer), core, new PassPool(core));
        _labels = [.. files.Labels];
        Labels = Array.AsReadOnly(_labels);
        Temperature = (float)config.Temperature;
        IsMultiLabel = config.IsMultiLabel;
        MaxTokens = config.MaxLength;
    }

    /// <summary>The classes in index order.</summary>
    public IReadOnlyList<string> Labels { get; }

    /// <summary>Whether a text can have several classes: probabilities are then independent and need not add up to 1.</summary>
    public bool IsMultiLabel { get; }

    /// <summary>The longest input in tokens.</summary>
    public int MaxTokens { get; }

    /// <summary>What logits are divided by before they become probabilities; fitted on dev.</summary>
    public float Temperature { get; }

    /// <summary>What the tables take in memory once every token that may stay has been folded, in bytes.</summary>
    public long TableBytes { get; }

    /// <summary>Of these the rows of tokens.</summary>
    internal long RowBytes { get; }

    /// <summary>The kernel of this process: v512, v256, v128 or scalar. RETORT_KERNEL, read once, overrides the choice.</summary>
    /// <exception cref="InvalidOperationException">RETORT_KERNEL names no kernel.</exception>
    public static string Kernel => KernelChoice.Current.Name;

    /// <summary>Reads a student's folder: config.json, model.safetensors, vocab.txt.</summary>
    /// <param name="folder">As <c>retort distill</c> writes it.</param>
    /// <param name="options">Null: the defaults.</param>
    /// <exception cref="InvalidDataException">The folder is of another model, is damaged, or was changed: the message says what.</exception>
    /// <exception cref="IOException">A file is missing or cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">A file may not be read.</exception>
    /// <exception cref="ArgumentException">An option is out of its range, or the folder's name is empty.</exception>
    /// <exception cref="InvalidOperationException">RETORT_KERNEL names no kernel.</exception>
    public static TextClassifier Load(string folder, TextClassifierOptions? options = null) =>
        Load(folder, options ?? new TextClassifierOptions(), kernel: null);

    internal static TextClassifier Load(string folder, TextClassifierOptions options, ConvolutionKernel? kernel)
    {
        options.Validate();
        kernel ??= options.FindKernel();
        using StudentFiles files = StudentFiles.Open(folder);
        try
        {
            return new TextClassifier(files, options, kernel);
        }
        catch (OverflowException e)
        {
            throw new InvalidDataException($"{folder}: a table of this shape is larger than an array can be", e);
        }
    }

    /// <summary>The likeliest class of a text.</summary>
    /// <exception cref="ArgumentNullException">The text is null.</exception>
    /// <exception cref="ObjectDisposedException">The classifier was disposed.</exception>
    public Classification Classify(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return Classify(text.AsSpan());
    }

    /// <summary>The likeliest class of a text. A lone surrogate is read as U+FFFD.</summary>
    /// <exception cref="ObjectDisposedException">The classifier was disposed.</exception>
    public Classification Classify(ReadOnlySpan<char> text) => Classify(Current(), text);

    /// <summary>The likeliest class of a text in UTF-8. An invalid sequence is read as U+FFFD, as .NET decodes it.</summary>
    /// <exception cref="ObjectDisposedException">The classifier was disposed.</exception>
    public Classification ClassifyUtf8(ReadOnlySpan<byte> text)
    {
        Loaded loaded = Current();
        TextPass pass = loaded.Passes.Rent();
        Classification answer = Likeliest(ReadUtf8(loaded, pass, text));
        loaded.Passes.Return(pass);
        return answer;
    }

    /// <summary>The probability of every class.</summary>
    /// <param name="text">Any text; a null string is an empty one.</param>
    /// <param name="probabilities">Receives one number a class, in index order: exactly as long as <see cref="Labels"/>.</param>
    /// <exception cref="ArgumentException">The span has another length.</exception>
    /// <exception cref="ObjectDisposedException">The classifier was disposed.</exception>
    public void Classify(ReadOnlySpan<char> text, Span<float> probabilities)
    {
        Logits(text, probabilities);
        ToProbabilities(probabilities);
    }

    /// <summary>The probability of every class of a text in UTF-8; as <see cref="Classify(ReadOnlySpan{char}, Span{float})"/>.</summary>
    /// <exception cref="ArgumentException">The span has another length.</exception>
    /// <exception cref="ObjectDisposedException">The classifier was disposed.</exception>
    public void ClassifyUtf8(ReadOnlySpan<byte> text, Span<float> probabilities)
    {
        LogitsUtf8(text, probabilities);
        ToProbabilities(probabilities);
    }

    /// <summary>The raw logits, before the temperature.</summary>
    /// <param name="text">Any text; a null string is an empty one.</param>
    /// <param name="logits">Receives one number a class, in index order: exactly as long as <see cref="Labels"/>.</param>
    /// <exception cref="ArgumentException">The span has another length.</exception>
    /// <exception cref="ObjectDisposedException">The classifier was disposed.</exception>
    public void Logits(ReadOnlySpan<char> text, Span<float> logits)
    {
        Loaded loaded = Current();
        RequireRoom(logits.Length);
        ReadLogits(loaded, text, logits);
    }

    /// <summary>The raw logits of a text in UTF-8; as <see cref="Logits"/>.</summary>
    /// <exception cref="ArgumentException">The span has another length.</exception>
    /// <exception cref="ObjectDisposedException">The classifier was disposed.</exception>
    public void LogitsUtf8(ReadOnlySpan<byte> text, Span<float> logits)
    {
        Loaded loaded = Current();
        RequireRoom(logits.Length);
        TextPass pass = loaded.Passes.Rent();
        ReadUtf8(loaded, pass, text).CopyTo(logits);
        loaded.Passes.Return(pass);
    }

    /// <summary>The likeliest class of each of some texts.</summary>
    /// <param name="texts">None may be null.</param>
    /// <param name="threads">How many threads to use; 0: as many as <see cref="TextClassifierOptions.Threads"/> says, one a processor unless it was set. Default: 1.</param>
    /// <returns>One answer a text, in their order.</returns>
    /// <exception cref="ArgumentNullException">The list or a text is null.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A negative number of threads.</exception>
    /// <exception cref="ObjectDisposedException">The classifier was disposed before.</exception>
    public Classification[] ClassifyAll(IReadOnlyList<string> texts, int threads = 1)
    {
        ArgumentNullException.ThrowIfNull(texts);
        var answers = new Classification[texts.Count];
        ClassifyInto(texts, answers, threads);
        return answers;
    }

    /// <summary>As <see cref="ClassifyAll"/>, into the caller's memory.</summary>
    /// <param name="texts">None may be null.</param>
    /// <param name="answers">As many as there are texts.</param>
    /// <param name="threads">How many threads to use; 0: as many as <see cref="TextClassifierOptions.Threads"/> says, one a processor unless it was set. Default: 1.</param>
    /// <exception cref="ArgumentException">Texts and answers are not as many.</exception>
    /// <exception cref="ArgumentNullException">The list or a text is null.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A negative number of threads.</exception>
    /// <exception cref="ObjectDisposedException">The classifier was disposed before.</exception>
    public void ClassifyInto(IReadOnlyList<string> texts, Memory<Classification> answers, int threads = 1)
    {
        ArgumentNullException.ThrowIfNull(texts);
        ArgumentOutOfRangeException.ThrowIfNegative(threads);
        Loaded loaded = Current();
        if (answers.Length != texts.Count)
            throw new ArgumentException($"{texts.Count} texts and room for {answers.Length} answers; expected as many", nameof(answers));
        for (int k = 0; k < texts.Count; k++)
        {
            if (texts[k] is null)
                throw new ArgumentNullException(nameof(texts), $"text {k} of {texts.Count} is null");
        }
        Batch.Run(texts.Count, TextsAtOnce, threads > 0 ? threads : _threads > 0 ? _threads : Environment.ProcessorCount,
            () => k => answers.Span[k] = Classify(loaded, texts[k]));
    }

    /// <summary>Says what in a text spoke for a class, exactly: the contributions and the bias add up to the class's logit.</summary>
    /// <param name="text">Any text. Memory in proportion to its length is used.</param>
    /// <param name="index">Index of the class to explain; null: the likeliest.</param>
    /// <exception cref="ArgumentNullException">The text is null.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no such class.</exception>
    /// <exception cref="ObjectDisposedException">The classifier was disposed.</exception>
    public Explanation Explain(string text, int? index = null)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (index is < 0 || index >= _labels.Length)
            throw new ArgumentOutOfRangeException(nameof(index), index, $"expected an index from 0 to {_labels.Length - 1}");
        Loaded loaded = Current();
        float[] logits = new float[_labels.Length];
        ReadLogits(loaded, text, logits);
        int chosen = index ?? IndexOfMost(logits);
        var tokens = new List<Token>();
        loaded.Tokenizer.Encode(text, tokens, MaxTokens);
        return Explainer.Explain(loaded.Core, tokens, chosen, _labels[chosen], logits[chosen]);
    }

    /// <summary>
    /// Lets the tables go: later calls throw. Calls under way finish; memory is free for the garbage collector when the last
    /// of them has.
    /// </summary>
    public void Dispose() => _loaded = null;

    private Loaded Current()
    {
        Loaded? loaded = _loaded;
        ObjectDisposedException.ThrowIf(loaded is null, this);
        return loaded;
    }

    private Classification Classify(Loaded loaded, ReadOnlySpan<char> text)
    {
        TextPass pass = loaded.Passes.Rent();
        Classification answer = Likeliest(Read(loaded, pass, text));
        loaded.Passes.Return(pass);
        return answer;
    }

    private static void ReadLogits(Loaded loaded, ReadOnlySpan<char> text, Span<float> logits)
    {
        TextPass pass = loaded.Passes.Rent();
        Read(loaded, pass, text).CopyTo(logits);
        loaded.Passes.Return(pass);
    }

    private static Span<float> Read(Loaded loaded, TextPass pass, ReadOnlySpan<char> text)
    {
        pass.Begin();
        var sink = new PassSink(pass);
        loaded.Tokenizer.Encode(text, ref sink);
        return pass.End();
    }

    private static Span<float> ReadUtf8(Loaded loaded, TextPass pass, ReadOnlySpan<byte> text)
    {
        pass.Begin();
        var sink = new PassSink(pass);
        loaded.Tokenizer.EncodeUtf8(text, ref sink);
        return pass.End();
    }

    private void RequireRoom(int found)
    {
        if (found != _labels.Length)
            ThrowLength(found);
    }

    private void ThrowLength(int found) =>
        throw new ArgumentException($"room for {found} numbers; expected one for each of the {_labels.Length} classes");

    private Classification Likeliest(Span<float> logits)
    {
        int index = IndexOfMost(logits);
        ToProbabilities(logits);
        return new Classification(index, _labels[index], logits[index]);
    }

    private static int IndexOfMost(ReadOnlySpan<float> logits)
    {
        int most = 0;
        for (int k = 1; k < logits.Length; k++)
        {
            if (logits[k] > logits[most])
                most = k;
        }
        return most;
    }

    private void ToProbabilities(Span<float> logits)
    {
        if (IsMultiLabel)
            Probabilities.Sigmoid(logits, Temperature);
        else
            Probabilities.Softmax(logits, Temperature);
    }

    /// <summary>The parts of a classifier that take memory.</summary>
    private sealed record Loaded(WordPieceTokenizer Tokenizer, StudentCore Core, PassPool Passes);
}
