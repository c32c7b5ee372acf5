using Retort.Baselines;
using Retort.Compression;
using Retort.Evaluation;
using Retort.Fractionation;
using Retort.Signals;
using Retort.Training;
using Retort.Transfer.Augmentation;

namespace Retort.Pipeline;

/// <summary>The stages of a run, in order.</summary>
public enum Stage { Teach, Augment, Label, Fractionate, Distill, Compress, Evaluate }

/// <summary>What a run came to, as far as it went.</summary>
/// <param name="Folder">The run's folder.</param>
/// <param name="Teacher">The fine-tuning; null where only finished teachers were brought.</param>
/// <param name="Labelling">Null where the run ended before.</param>
/// <param name="Teachers">How good each teacher is, and several together; empty where the run ended before.</param>
/// <param name="Students">The trainings; empty where the run ended before.</param>
/// <param name="Report">Null where the run ended before.</param>
public sealed record RunResult(string Folder, TrainingResult? Teacher, LabellingResult? Labelling,
    IReadOnlyList<TeacherScore> Teachers, IReadOnlyList<StudentRun> Students, RunReport? Report)
{
    /// <summary>The texts made from those of train; null where none were asked for, or the run ended before.</summary>
    public AugmentationReport? Augmentation { get; init; }

    /// <summary>The linear baseline's training; null where there is none, or the run ended before.</summary>
    public LinearResult? Linear { get; init; }

    /// <summary>What would be chosen, where the run ended there.</summary>
    public IReadOnlyList<FractionSummary>? Fractions { get; init; }
}

/// <summary>One student's training.</summary>
/// <param name="Role">With the teacher or without, and on which texts.</param>
/// <param name="Seed">Its seed.</param>
/// <param name="Folder">Where it stands, below the run's folder.</param>
/// <param name="Texts">Texts that it learnt from; of a fraction that is drawn or scored anew in training, those that it was chosen from.</param>
/// <param name="Training">How it went.</param>
public sealed record StudentRun(Role Role, int Seed, string Folder, int Texts, TrainingResult Training)
{
    /// <summary>Texts of the transfer set that the teacher had to label for it, those that only scores needed counted in.</summary>
    public int TeacherCalls { get; init; }

    /// <summary>How it was made smaller; null: it was not.</summary>
    public CompressionResult? Compression { get; init; }
}

/// <summary>The evaluation of a run: <c>report/results.json</c>.</summary>
/// <param name="Test">The models side by side, on test.</param>
/// <param name="Models">Every model's scores; the teacher's only where there are signals of all of dev and test.</param>
/// <param name="Teachers">Each teacher alone, and several together.</param>
/// <param name="BestSeed">The seed of <c>student/</c>: the best on dev.</param>
public sealed record RunReport(ComparisonTable Test, IReadOnlyList<ModelReport> Models, IReadOnlyList<TeacherScore> Teachers, int BestSeed)
{
    /// <summary>How soon each student was nearly as good as the one on all texts; empty where that one was not trained.</summary>
    public IReadOnlyList<Convergence> Convergence { get; init; } = [];

    /// <summary>The same for people.</summary>
    public TextTable ConvergenceTable() => Pipeline.Convergence.ToTable(Convergence);
}

/// <summary>One model's scores.</summary>
/// <param name="Role">What it is.</param>
/// <param name="Seed">Its seed.</param>
/// <param name="Dev">On dev, where it was chosen.</param>
/// <param name="Test">On test.</param>
/// <param name="Bytes">Size on disk; null of a teacher that is no model.</param>
/// <param name="Latency">From raw text on one thread; of a student's seeds only the first is timed, of teachers only models, in libtorch or ONNX Runtime.</param>
public sealed record ModelReport(
    Role Role, int Seed, EvaluationResult Dev, EvaluationResult Test, long? Bytes, Latency? Latency);
