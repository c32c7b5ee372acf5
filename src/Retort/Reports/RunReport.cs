using System.Text.Json.Serialization;
using Retort.Compression;
using Retort.Evaluation;
using Retort.Signals;
using Retort.Training;

namespace Retort.Reports;

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
    /// <summary>What <c>student/</c> is: compressed, where students are.</summary>
    [JsonIgnore]
    public Role HandedOver => RoleHandedOver(Models);

    /// <summary>How soon each student was nearly as good as the one on all texts; empty where that one was not trained.</summary>
    public IReadOnlyList<Convergence> Convergence { get; init; } = [];

    /// <summary>What it was made with and from; null in a report of an older version.</summary>
    public RunFacts? Facts { get; init; }

    /// <summary>As which of a run's models one is handed over.</summary>
    internal static Role RoleHandedOver(IEnumerable<ModelReport> models) => models.Any(model => model.Role == Role.StudentCompressed) ? Role.StudentCompressed : Role.Student;

    /// <summary>The same for people.</summary>
    public TextTable ConvergenceTable() => Reports.Convergence.ToTable(Convergence);

    /// <summary>What a choice of texts saved on the teacher, in words; null where the teacher labelled all that there is, or a version did not tell.</summary>
    public string? TeacherCallsText()
    {
        ModelReport[] students = [.. Models.Where(model => model is { Texts: not null, TeacherCalls: not null })];
        if (students.FirstOrDefault(model => model.Role == Role.Student) is not { Texts: { } texts, TeacherCalls: { } calls })
            return null;
        if (calls >= students.Max(model => model.Texts) && !students.Any(model => model.Role is Role.StudentOnRandomFraction or Role.StudentOnAllTexts))
            return null;
        return calls < students.Max(model => model.TeacherCalls) || texts >= calls
            ? FormattableString.Invariant($"Texts of the transfer set that the teacher labelled for the student: {calls:#,0}")
            : FormattableString.Invariant($"The teacher labelled {calls:#,0} texts for the student, which learnt from {texts:#,0}: choosing saved nothing on the teacher");
    }
}

/// <summary>One model's scores.</summary>
/// <param name="Role">What it is.</param>
/// <param name="Seed">Its seed.</param>
/// <param name="Dev">On dev, where it was chosen.</param>
/// <param name="Test">On test.</param>
/// <param name="Bytes">Size on disk; null of a teacher that is no model.</param>
/// <param name="Latency">From raw text on one thread; of a student's seeds only the first is timed, of teachers only models, in libtorch or ONNX Runtime.</param>
public sealed record ModelReport(
    Role Role, int Seed, EvaluationResult Dev, EvaluationResult Test, long? Bytes, Latency? Latency)
{
    /// <summary>Texts that a student learnt from; null of other models, and in a report of an older version.</summary>
    public int? Texts { get; init; }

    /// <summary>Texts of the transfer set that the teacher had to label for a student, those that only scores needed counted in; null as above.</summary>
    public int? TeacherCalls { get; init; }
}
