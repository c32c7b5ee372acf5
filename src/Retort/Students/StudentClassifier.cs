using Retort.Data;
using Retort.Metrics;
using Retort.Runs;
using Retort.Runtime;

namespace Retort.Students;

/// <summary>A saved student as a product runs it: in the runtime, with 8-bit tables and without libtorch.</summary>
public sealed class StudentClassifier : IDisposable
{
    private readonly TextClassifier _classifier;

    private StudentClassifier(TextClassifier classifier)
    {
        _classifier = classifier;
        Labels = new LabelSet(classifier.Labels);
        Kind = classifier.IsMultiLabel ? TaskKind.MultiLabel : TaskKind.SingleLabel;
    }

    public LabelSet Labels { get; }

    public TaskKind Kind { get; }

    /// <summary>What logits are divided by before they become probabilities.</summary>
    public double Temperature => _classifier.Temperature;

    /// <summary>What its tables take in memory once every token's row is folded.</summary>
    public long TableBytes => _classifier.TableBytes;

    /// <summary>Of these what <see cref="TextClassifierOptions.MaxTableBytes"/> counts: all but the n-grams.</summary>
    internal long RowBytes => _classifier.RowBytes;

    /// <summary>Loads a student's folder.</summary>
    /// <exception cref="RetortException">The folder is no student, is damaged, or is of another version.</exception>
    public static StudentClassifier Load(string folder, TextClassifierOptions? options = null) =>
        StudentFolder.Read(folder, () => new StudentClassifier(TextClassifier.Load(folder, options)));

    /// <summary>The raw logits of some texts, in order.</summary>
    /// <param name="texts">The texts.</param>
    /// <param name="threads">How many threads to use; 0: one a processor.</param>
    /// <param name="cancellation">Stops between texts.</param>
    public LogitTable Logits(IReadOnlyList<string> texts, int threads = 0, CancellationToken cancellation = default)
    {
        float[] logits = new float[checked(texts.Count * Labels.Count)];
        var options = new ParallelOptions { MaxDegreeOfParallelism = threads == 0 ? -1 : threads, CancellationToken = cancellation };
        Parallel.For(0, texts.Count, options,
            k => _classifier.Logits(texts[k], logits.AsSpan(k * Labels.Count, Labels.Count)));
        return new LogitTable(logits, Labels.Count);
    }

    /// <summary>Classifies one text on this thread, to be timed.</summary>
    public void Answer(string text) => _classifier.Classify(text);

    public void Dispose() => _classifier.Dispose();
}
