using Retort.Data;
using Retort.Evaluation;
using Retort.Metrics;
using Retort.Runtime;
using Retort.Students;
using Retort.Training;

namespace Retort.Compression;

/// <summary>
/// Holds students against the uncompressed one, as the runtime runs them: size, accuracy on dev, agreement on texts without
/// labels, and speed, both timed in turn on this thread. Not thread-safe.
/// </summary>
internal sealed class CompressionJudge : IDisposable
{
    private const int Turns = 7;

    // Rows that are folded while one of the two is timed would count against it.
    private static readonly TextClassifierOptions Folded = new() { FoldAtLoad = true };

    private static readonly TimeSpan WarmUp = TimeSpan.FromMilliseconds(20), Turn = TimeSpan.FromMilliseconds(40);

    private readonly CompressionOptions _options;
    private readonly string _folder;
    private readonly Corpus _dev;
    private readonly string[] _devTexts;
    private readonly IReadOnlyList<string> _texts;
    private readonly string _scratch;
    private readonly int _threads;
    private readonly CancellationToken _cancellation;
    private readonly StudentClassifier _original;
    private readonly LogitTable _answers;
    private readonly LogitTable? _devTeacher;

    /// <param name="options">The gates.</param>
    /// <param name="original">The folder of the uncompressed student.</param>
    /// <param name="dev">Labelled texts.</param>
    /// <param name="devTeacher">The teacher's logits on them: what students of a corpus without labels are right against; null: none.</param>
    /// <param name="texts">Texts to agree on.</param>
    /// <param name="scratch">A folder for students that are tried.</param>
    /// <param name="threads">Of the machine; 0: one a processor.</param>
    /// <param name="cancellation">Stops between texts.</param>
    public CompressionJudge(CompressionOptions options, string original, Corpus dev, LogitTable? devTeacher, IReadOnlyList<string> texts, string scratch, int threads, CancellationToken cancellation)
    {
        (_options, _folder, _dev, _devTexts, _texts, _scratch, _threads, _cancellation) = (options, original, dev, dev.Texts(), texts, scratch, threads, cancellation);
        _devTeacher = devTeacher;
        _original = StudentClassifier.Load(original, Folded);
        // Tables of 8 bits are a part of what is judged.
        using var full = StudentClassifier.Load(original, new TextClassifierOptions { Precision = TablePrecision.Full });
        _answers = full.Logits(texts, threads, cancellation);
        Original = new CompressionTrial("uncompressed", "", SizeOf(original), Accuracy(full), 1, 1, "") { IsTaken = true, TableBytes = _original.TableBytes, Microseconds = Race(original).Microseconds };
    }

    /// <summary>The uncompressed student, with tables of single precision.</summary>
    public CompressionTrial Original { get; }

    /// <summary>How many texts agreement is counted on.</summary>
    public int AgreementTexts => _texts.Count;

    /// <summary>Writes a student and judges it.</summary>
    /// <param name="step">What was done to it.</param>
    /// <param name="detail">How far.</param>
    /// <param name="student">As it would be shipped.</param>
    public CompressionTrial Judge(string step, string detail, FoldedStudent student)
    {
        string folder = Written(student);
        using var classifier = StudentClassifier.Load(folder, Folded);
        LogitTable answers = classifier.Logits(_texts, _threads, _cancellation);
        double accuracy = Accuracy(classifier), agreement = student.Kind == TaskKind.MultiLabel ? MultiLabel.Agreement(answers, _answers) : SingleLabel.Agreement(answers, _answers);
        var trial = new CompressionTrial(step, detail, SizeOf(folder), accuracy, agreement, 1, "") { TableBytes = classifier.TableBytes };
        string lost = _options.Gates ? Loss(trial) : "";
        // A step need not be faster than the uncompressed student by itself: what the steps come to has to be.
        return lost.Length == 0 && _options.Gates ? Timed(trial, folder, Math.Min(1, _options.MinSpeedup))
            : Raced(trial with { Refusal = lost }, Race(folder));
    }

    /// <summary>Holds the student that all steps came to against a least speed above 1, which the steps on the way need not reach.</summary>
    /// <param name="trial">What was found of it.</param>
    /// <param name="student">As it would be shipped.</param>
    public CompressionTrial JudgeKept(CompressionTrial trial, FoldedStudent student)
    {
        if (!_options.Gates || _options.MinSpeedup <= 1)
            return trial;
        string folder = Written(student);
        return Timed(trial, folder, _options.MinSpeedup);
    }

    /// <summary>The temperature that makes a student's probabilities, as the runtime computes them, most likely on dev.</summary>
    public double TemperatureOf(FoldedStudent student)
    {
        string folder = Written(student);
        using var classifier = StudentClassifier.Load(folder);
        return TemperatureFit.Fit(_dev, classifier.Logits(_devTexts, _threads, _cancellation));
    }

    /// <summary>The folder of a student as it would be shipped; the one before it is gone.</summary>
    private string Written(FoldedStudent student)
    {
        string folder = Path.Combine(_scratch, "trial");
        student.Save(folder);
        return folder;
    }

    private CompressionTrial Timed(CompressionTrial trial, string folder, double least)
    {
        Timing timing = Race(folder);
        // Other work on the machine may come and stay: what is slow has to be slow twice.
        if (IsSlower(timing.Ratios, timing.Noise, least))
            timing = Race(folder);
        trial = Raced(trial, timing) with { IsSlow = IsSlower(timing.Ratios, timing.Noise, least) };
        return trial.IsSlow ? trial with { Refusal = FormattableString.Invariant($"{trial.Speedup:0.###} times as fast, less than {least}") } : trial;
    }

    private static CompressionTrial Raced(CompressionTrial trial, Timing timing) => trial with { Speedup = timing.Ratios[Turns / 2], Microseconds = timing.Microseconds };

    /// <summary>A student's accuracy on dev with tables of single precision.</summary>
    public double FullAccuracy(FoldedStudent student)
    {
        string folder = Written(student);
        using var classifier = StudentClassifier.Load(folder, new TextClassifierOptions { Precision = TablePrecision.Full });
        return Accuracy(classifier);
    }

    public void Dispose() => _original.Dispose();

    /// <summary>
    /// Whether a student is slower than it may be, beyond what noise alone may have slowed: its upper quartile stays below the least speed by more than the lower quartile of the uncompressed student stays below its own speed.
    /// </summary>
    /// <param name="ratios">(turns) ascending: the student's speed over that of the uncompressed one.</param>
    /// <param name="noise">(turns) ascending: the same of the uncompressed one, loaded another time.</param>
    /// <param name="least">The least speed.</param>
    internal static bool IsSlower(double[] ratios, double[] noise, double least) =>
        ratios[^(ratios.Length / 4 + 1)] < least * Math.Min(1, noise[noise.Length / 4]);

    private double Accuracy(StudentClassifier classifier)
    {
        DevScores scores = DevScores.Of(_dev, classifier.Logits(_devTexts, _threads, _cancellation), _devTeacher);
        return _dev.LabelledByTeacher ? scores.Agreement : scores.Accuracy;
    }

    private string Loss(CompressionTrial trial) =>
        (Original.DevAccuracy - trial.DevAccuracy) * 100 > _options.MaxLoss + 1e-9
            ? FormattableString.Invariant($"loses {(Original.DevAccuracy - trial.DevAccuracy) * 100:0.##} points on dev, more than {_options.MaxLoss}")
        : trial.Agreement < _options.MinAgreement ? FormattableString.Invariant($"agrees on {trial.Agreement:0.####}, less than {_options.MinAgreement}")
        : "";

    private Timing Race(string folder)
    {
        // Both loaded now: where in memory tables come to stand is worth some hundredths.
        using var classifier = StudentClassifier.Load(folder, Folded);
        using var copy = StudentClassifier.Load(_folder, Folded);
        double[][] rates = LatencyMeter.Race([classifier.Answer, copy.Answer, _original.Answer], _devTexts, Turns, WarmUp, Turn, _cancellation);
        return new Timing(Over(rates[0], rates[1]), Over(rates[2], rates[1]), 1e6 / rates[0].Order().ElementAt(Turns / 2));

        static double[] Over(double[] own, double[] other) => [.. own.Zip(other, (one, two) => one / two).Order()];
    }

    // Exports and profiles may stand beside them.
    private static long SizeOf(string folder) => Student.Files.Sum(file => new FileInfo(Path.Combine(folder, file)).Length);

    /// <param name="Ratios">(turns) ascending: how many times as many texts a second a student answers as the original.</param>
    /// <param name="Noise">(turns) ascending: the same of the original, loaded another time.</param>
    /// <param name="Microseconds">That the student takes a text, in the middle turn.</param>
    private sealed record Timing(double[] Ratios, double[] Noise, double Microseconds);
}
