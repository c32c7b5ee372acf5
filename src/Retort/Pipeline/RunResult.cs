using Retort.Baselines;
using Retort.Cascades;
using Retort.Evaluation;
using Retort.Fractionation;
using Retort.Reports;
using Retort.Signals;
using Retort.Training;
using Retort.Transfer.Augmentation;

namespace Retort.Pipeline;

/// <summary>The stages of a run, in order.</summary>
public enum Stage { Teach, Augment, Label, Fractionate, Distill, Compress, Evaluate, Cascade }

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

    /// <summary>The cascade of student and teacher; null where none was asked for.</summary>
    public CascadeReport? Cascade { get; init; }

    /// <summary>What would be chosen, where the run ended there.</summary>
    public IReadOnlyList<FractionSummary>? Fractions { get; init; }
}

/// <summary>One student on dev: what options are chosen by.</summary>
/// <param name="Student">The training; of a compressed student that one's.</param>
/// <param name="Dev">Its scores, in the runtime.</param>
/// <param name="Bytes">Size on disk.</param>
/// <param name="Latency">From raw text on one thread; null where it was not timed.</param>
public sealed record DevReport(StudentRun Student, EvaluationResult Dev, long Bytes, Latency? Latency);
