using System.Runtime.CompilerServices;
using Retort.Runtime.Kernels;
using Retort.Runtime.Model;
using Retort.Runtime.Text;

namespace Retort.Runtime;

/// <summary>
/// A distilled student, ready to answer. Immutable and thread-safe: one instance serves all threads. Once its buffers are
/// warm, a classification allocates nothing. Text may be of any length and content; what stands behind the student's
/// longest input (<see cref="MaxTokens"/>) is not read.
/// </summary>
public sealed class TextClassifier : IDisposable
{
    private const int MostOnStack = 256, TextsAtOnce = 64;

    private readonly WordPieceTokenizer _tokenizer;
    private readonly StudentCore _core;
    private readonly string[] _labels;
    private readonly float _temperature;
    private readonly PassPool _passes;
    private volatile bool _disposed;

    private TextClassifier(StudentFiles files, TextClassifierOptions options, ConvolutionKernel kernel)
    {
        StudentConfig config = files.Config;
        _tokenizer = new WordPieceTokenizer(files.Vocabulary, config.Tokenizer);
        _core = StudentCore.Read(files, options, kernel);
        _passes = new PassPool(_core);
        _labels = [.. files.Labels];
        _temperature = (float)config.Temperature;
        IsMultiLabel = config.IsMultiLabel;
    }

    /// <summary>The classes in index order.</summary>
    public IReadOnlyList<string> Labels => _labels;

    /// <summary>Whether a text can have several classes: probabilities are then independent and need not add up to 1.</summary>
    public bool IsMultiLabel { get; }

    /// <summary>The longest input in tokens.</summary>
    public int MaxTokens => _core.MaxLength;

    /// <summary>The kernel of this process: v512, v256, v128 or scalar. RETORT_KERNEL, read once, overrides the choice.</summary>
    public static string Kernel => KernelChoice.Current.Name;

    /// <summary>Reads a student's folder: config.json, model.safetensors, vocab.txt.</summary>
    /// <param name="folder">As <c>retort distill</c> writes it.</param>
    /// <param name="options">Null: the defaults.</param>
    /// <exception cref="InvalidDataException">The folder is of another model, is damaged, or was changed: the message says what.</exception>
    /// <exception cref="IOException">A file is missing or cannot be read.</exception>
    /// <exception cref="ArgumentException">An option is out of its range, or the folder's name is empty.</exception>
    public static TextClassifier Load(string folder, TextClassifierOptions? options = null) =>
        Load(folder, options ?? new TextClassifierOptions(), KernelChoice.Current);

    internal static TextClassifier Load(string folder, TextClassifierOptions options, ConvolutionKernel kernel)
    {
        options.Validate();
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
    [SkipLocalsInit]
    public Classification Classify(ReadOnlySpan<char> text)
    {
        Span<float> scores = _labels.Length <= MostOnStack ? stackalloc float[_labels.Length] : new float[_labels.Length];
        Logits(text, scores);
        return Likeliest(scores);
    }

    /// <summary>The likeliest class of a text in UTF-8. An invalid sequence is read as U+FFFD, as .NET decodes it.</summary>
    /// <exception cref="ObjectDisposedException">The classifier was disposed.</exception>
    [SkipLocalsInit]
    public Classification ClassifyUtf8(ReadOnlySpan<byte> text)
    {
        Span<float> scores = _labels.Length <= MostOnStack ? stackalloc float[_labels.Length] : new float[_labels.Length];
        LogitsUtf8(text, scores);
        return Likeliest(scores);
    }

    /// <summary>The probability of every class.</summary>
    /// <param name="text">Any text.</param>
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
    /// <param name="text">Any text.</param>
    /// <param name="logits">Receives one number a class, in index order: exactly as long as <see cref="Labels"/>.</param>
    /// <exception cref="ArgumentException">The span has another length.</exception>
    /// <exception cref="ObjectDisposedException">The classifier was disposed.</exception>
    public void Logits(ReadOnlySpan<char> text, Span<float> logits)
    {
        TextPass pass = Begin(logits);
        var sink = new PassSink(pass);
        _tokenizer.Encode(text, ref sink);
        End(pass, logits);
    }

    /// <summary>The raw logits of a text in UTF-8; as <see cref="Logits"/>.</summary>
    /// <exception cref="ArgumentException">The span has another length.</exception>
    /// <exception cref="ObjectDisposedException">The classifier was disposed.</exception>
    public void LogitsUtf8(ReadOnlySpan<byte> text, Span<float> logits)
    {
        TextPass pass = Begin(logits);
        var sink = new PassSink(pass);
        _tokenizer.EncodeUtf8(text, ref sink);
        End(pass, logits);
    }

    /// <summary>The likeliest class of each of some texts.</summary>
    /// <param name="texts">None may be null.</param>
    /// <param name="threads">How many threads to use; 0: one a processor. Default: 1.</param>
    /// <returns>One answer a text, in their order.</returns>
    /// <exception cref="ArgumentNullException">The list or a text is null.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A negative number of threads.</exception>
    /// <exception cref="ObjectDisposedException">The classifier was disposed.</exception>
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
    /// <param name="threads">How many threads to use; 0: one a processor. Default: 1.</param>
    /// <exception cref="ArgumentException">Texts and answers are not as many.</exception>
    /// <exception cref="ArgumentNullException">The list or a text is null.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A negative number of threads.</exception>
    /// <exception cref="ObjectDisposedException">The classifier was disposed.</exception>
    public void ClassifyInto(IReadOnlyList<string> texts, Memory<Classification> answers, int threads = 1)
    {
        ArgumentNullException.ThrowIfNull(texts);
        ArgumentOutOfRangeException.ThrowIfNegative(threads);
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (answers.Length != texts.Count)
            throw new ArgumentException($"{texts.Count} texts and room for {answers.Length} answers; expected as many", nameof(answers));
        for (int k = 0; k < texts.Count; k++)
        {
            if (texts[k] is null)
                throw new ArgumentNullException(nameof(texts), $"text {k} of {texts.Count} is null");
        }
        Batch.Run(texts.Count, TextsAtOnce, threads == 0 ? Environment.ProcessorCount : threads,
            () => k => answers.Span[k] = Classify(texts[k]));
    }

    /// <summary>Says what in a text spoke for a class, exactly: the contributions and the bias add up to the class's logit.</summary>
    /// <param name="text">Any text. Memory in proportion to its length is used.</param>
    /// <param name="label">Index of the class to explain; null: the likeliest.</param>
    /// <exception cref="ArgumentNullException">The text is null.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no such class.</exception>
    /// <exception cref="ObjectDisposedException">The classifier was disposed.</exception>
    public Explanation Explain(string text, int? label = null)
    {
        ArgumentNullException.ThrowIfNull(text);
        float[] logits = new float[_labels.Length];
        Logits(text, logits);
        int index = label ?? IndexOfMost(logits);
        if ((uint)index >= (uint)_labels.Length)
            throw new ArgumentOutOfRangeException(nameof(label), label, $"expected an index from 0 to {_labels.Length - 1}");
        var tokens = new List<Token>();
        _tokenizer.Encode(text, tokens, MaxTokens);
        return new Explainer(_core, tokens).Explain(index, _labels[index], logits[index]);
    }

    /// <summary>
    /// Ends the classifier's use: later calls throw. Calls under way finish; memory is freed when the last of them has.
    /// </summary>
    public void Dispose() => _disposed = true;

    private TextPass Begin(Span<float> scores)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (scores.Length != _labels.Length)
            ThrowLength(scores.Length);
        TextPass pass = _passes.Rent();
        pass.Begin();
        return pass;
    }

    private void End(TextPass pass, Span<float> logits)
    {
        pass.End(logits);
        _passes.Return(pass);
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
            Probabilities.Sigmoid(logits, _temperature);
        else
            Probabilities.Softmax(logits, _temperature);
    }
}
