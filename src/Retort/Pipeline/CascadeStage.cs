using System.Text.Json;
using Retort.Cascades;
using Retort.Data;
using Retort.Evaluation;
using Retort.Metrics;
using Retort.Onnx.Cascades;
using Retort.Reports;
using Retort.Runs;
using Retort.Runtime;
using Retort.Signals;
using static TorchSharp.torch;

namespace Retort.Pipeline;

/// <summary>Makes a cascade of the student that a run hands over and its teacher.</summary>
/// <param name="recipe">The options.</param>
/// <param name="run">The run's folder.</param>
/// <param name="data">Dev, where thresholds are chosen, and test.</param>
/// <param name="runner">Leaves out what is done already.</param>
/// <param name="device">Where the teacher computes while its export is checked.</param>
/// <param name="progress">Told of everything.</param>
/// <param name="cancellation">Stops; the same call goes on.</param>
internal sealed class CascadeStage(Recipe recipe, string run, DataSet data, StageRunner runner, Device device, IProgress<StageProgress>? progress, CancellationToken cancellation)
{
    /// <summary>Where it stands, below the run's folder.</summary>
    public const string Folder = "cascade";

    private const string Teacher = $"{Folder}/{ServedTeacher.Folder}";

    /// <summary>Losses that it is told of what they would allow, in points, beside the one that was asked for.</summary>
    private static readonly double[] Epsilons = [0.25, 0.5, 1, 1.5, 2, 3, 5];

    private readonly CascadeOptions _options = recipe.Cascade;
    private readonly string _folder = Path.Combine(run, Folder), _student = Path.Combine(run, "student");

    /// <summary>What would else be found out after an hour of training.</summary>
    public static void Require(Recipe recipe, DataSet data)
    {
        if (recipe.Data.Unlabelled)
        {
            throw new UsageException("data.unlabelled is true, and a cascade is chosen by the labels of dev, which say whether the teacher is right where the student is not: "
                + "expected a labelled corpus; label some hundred texts, as dev and test")
            { Key = "data.unlabelled" };
        }
        if (data.Train.Kind == TaskKind.MultiLabel)
        {
            throw new UsageException("the task is multi-label, and a cascade goes by the probability of the likeliest class, which says nothing of the other classes of a text: "
                + "expected one class a text; serve the student alone")
            { Key = "data.label_separator" };
        }
        if (recipe.Cascade.OutOfScope is { Length: > 0 } file && !File.Exists(file))
            throw new UsageException($"cascade.out_of_scope is {file}: there is no such file; expected texts that belong to no class, as in transfer.unlabelled") { Key = "cascade.out_of_scope" };
    }

    /// <summary>Makes it, unless it stands there.</summary>
    /// <param name="panel">The teachers, which know dev and test.</param>
    /// <param name="report">The evaluation, which chose the student.</param>
    public CascadeReport Run(TeacherPanel panel, RunReport report)
    {
        LogitTable dev = panel.Logits(data.Dev.Texts(), "dev"), test = panel.Logits(data.Test.Texts(), "test");
        (ServedTeacher? served, string? reason) = Servable(panel);
        CascadeCost? cost = Cost(report);
        string student = ContentHash.OfFile(Path.Combine(_student, "config.json"));
        var inputs = new Dictionary<string, string>
        {
            ["student"] = student,
            ["teacher"] = panel.Fingerprint,
            ["data"] = CorpusHash.Of(data.Dev, data.Test),
            ["options"] = ContentHash.OfRecord(_options with { OutOfScope = "" }),
            ["latencies"] = ContentHash.OfRecord(cost),
        };
        if (_options.OutOfScope.Length > 0)
            inputs["out_of_scope"] = CorpusReader.HashOf(_options.OutOfScope);
        CascadeTeacher? teacher = served is null ? null : runner.Run(Folder, Teacher, new Dictionary<string, string> { ["teacher"] = panel.Fingerprint }, [Teacher],
            _ => served.Write(_folder, data.Dev.Texts(), device, progress, cancellation));
        return runner.Run(Folder, Folder, inputs, [Folder], _ => Make(dev, test, student, teacher, cost, reason));
    }

    private CascadeReport Make(LogitTable dev, LogitTable test, string sha256, CascadeTeacher? teacher, CascadeCost? cost, string? reason)
    {
        using var student = TextClassifier.Load(_student);
        PartAnswers onDev = Answers(student, data.Dev, dev), onTest = Answers(student, data.Test, test);
        IReadOnlyList<CascadePoint> curve = CascadeCurve.Of(onDev, onTest, _options.Confidence);
        var report = new CascadeReport(sha256, _options.Epsilon, _options.Confidence, data.Dev.Count, data.Test.Count,
            new PartAccuracy(onDev.TeacherAccuracy, onTest.TeacherAccuracy), new PartAccuracy(onDev.StudentAccuracy, onTest.StudentAccuracy),
            CascadeCurve.Choose(curve, _options.Epsilon), CascadeCurve.PointEstimate(curve),
            [.. Epsilons.Append(_options.Epsilon).Distinct().Order().Select(epsilon => new EpsilonChoice(epsilon, CascadeCurve.Choose(curve, epsilon)))],
            CascadeCurve.EpsilonFor(curve, answered: 0.5), curve)
        {
            TeacherTemperature = TemperatureFit.Fit(data.Dev, dev),
            Cost = cost,
            Rejection = _options.OutOfScope.Length == 0 ? null : Reject(student, onDev, onTest),
            Conformal = _options.Coverage == 0 ? null : Conform(student),
            NotServed = reason,
        };
        Write(report, teacher);
        return report;
    }

    private void Write(CascadeReport report, CascadeTeacher? teacher)
    {
        AtomicFile.WriteText(Path.Combine(_folder, CascadeReport.FileName), JsonSerializer.Serialize(report, JsonForm.Indented) + "\n");
        string file = Path.Combine(_folder, CascadeFile.Name);
        if (teacher is null)
        {
            // Of a teacher that stood here before: its thresholds would be taken for this one's.
            File.Delete(file);
            if (Directory.Exists(Path.Combine(run, Teacher)))
                Directory.Delete(Path.Combine(run, Teacher), recursive: true);
            return;
        }
        AtomicFile.WriteText(file, new CascadeFile
        {
            FormatVersion = CascadeFile.CurrentFormat,
            StudentSha256 = report.StudentSha256,
            Threshold = report.Chosen.Threshold,
            Teacher = teacher with { Temperature = report.TeacherTemperature },
            Rejection = report.Rejection is { } rejection ? new RejectionRule { Threshold = rejection.Threshold } : null,
            Conformal = report.Conformal is { } conformal ? new ConformalRule { Coverage = conformal.Coverage, Threshold = conformal.Threshold } : null,
        }.ToJson());
    }

    private PartAnswers Answers(TextClassifier student, Corpus part, LogitTable teacher) =>
        PartAnswers.Of(student.ClassifyAll(part.Texts(), recipe.Machine.Threads), teacher, part.ClassIndices());

    private RejectionReport Reject(TextClassifier student, PartAnswers dev, PartAnswers test)
    {
        string[] texts = CorpusReader.ReadUnlabelled(_options.OutOfScope, recipe.Data, progress: progress, cancellation: cancellation).Texts();
        double[] outside = [.. student.ClassifyAll(texts, recipe.Machine.Threads).Select(answer => (double)answer.Probability)];
        double threshold = Rejection.Threshold(dev.Confidence, _options.MaxRejected / 100);
        return new RejectionReport(threshold, Rejection.Share(dev.Confidence, threshold), Rejection.Share(test.Confidence, threshold), texts.Length,
            Rejection.Share(outside, threshold), Rejection.AreaUnderCurve(test.Confidence, outside));
    }

    private ConformalReport Conform(TextClassifier student)
    {
        float[] row = new float[student.Labels.Count];
        double[] ofTrueClass = new double[data.Dev.Count];
        for (int k = 0; k < ofTrueClass.Length; k++)
        {
            student.Classify(data.Dev.Samples[k].Text, row);
            ofTrueClass[k] = row[data.Dev.ClassOf(k)];
        }
        double threshold = Conformal.Threshold(ofTrueClass, _options.Coverage);
        int held = 0, classes = 0;
        for (int k = 0; k < data.Test.Count; k++)
        {
            student.Classify(data.Test.Samples[k].Text, row);
            held += row[data.Test.ClassOf(k)] >= threshold ? 1 : 0;
            classes += row.Count(probability => probability >= threshold);
        }
        return new ConformalReport(_options.Coverage, threshold, held / (double)data.Test.Count, classes / (double)data.Test.Count);
    }

    private (ServedTeacher? Teacher, string? Reason) Servable(TeacherPanel panel)
    {
        if (panel.Only is not { } only)
            return (null, "several teachers count as one, and a server asks one model");
        if (!only.IsModel)
            return (null, $"the teacher {only.Name} is {(only.LabelsAnything ? "a program" : "a file of signals")}, and a server asks a model");
        SignalSource source = only.Signals.Source;
        if (ServedTeacher.Refusal(only.Model, source.LongText) is { } refusal)
            return (null, $"the teacher {only.Name} cannot be: {refusal}");
        TeacherScores scores = only.Output switch
        {
            OnnxOutput.Probabilities => TeacherScores.Probabilities,
            OnnxOutput.LogProbabilities => TeacherScores.LogProbabilities,
            _ => TeacherScores.Logits,
        };
        return (new ServedTeacher(only.Folder!, only.Classes(data.Train.Labels), source.MaxLength, scores), null);
    }

    /// <summary>Of a role's seeds the first alone is timed.</summary>
    private static CascadeCost? Cost(RunReport report)
    {
        return Latency(report.HandedOver) is { } student && Latency(Role.Teacher) is { } teacher ? new CascadeCost(1e6 / student.TextsPerSecond, 1e6 / teacher.TextsPerSecond) : null;

        Latency? Latency(Role wanted) => report.Models.FirstOrDefault(model => model.Role == wanted && model.Latency is not null)?.Latency;
    }
}
