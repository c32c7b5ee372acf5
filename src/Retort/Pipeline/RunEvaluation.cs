using System.Text.Json;
using Retort.Baselines;
using Retort.Data;
using Retort.Evaluation;
using Retort.Fractionation;
using Retort.Metrics;
using Retort.Reports;
using Retort.Runs;
using Retort.Students;
using Retort.Training;

namespace Retort.Pipeline;

/// <summary>Scores and times every model of a run on the same texts, and picks the student that the run hands over.</summary>
internal sealed class RunEvaluation(
    string run, DataSet data, Recipe recipe, string command, IProgress<StageProgress>? progress, CancellationToken cancellation)
{
    private const int Turns = 5;

    /// <summary>A quarter of the time warms up, and of a trial's several turns each has a sixth.</summary>
    private readonly TimeSpan _budget = TimeSpan.FromSeconds(recipe.Report.LatencySeconds), _warmUp = TimeSpan.FromSeconds(recipe.Report.LatencySeconds / 4),
        _turn = TimeSpan.FromSeconds(recipe.Report.LatencySeconds / 6);

    private readonly string[] _devTexts = data.Dev.Texts(), _testTexts = data.Test.Texts();

    public RunReport Run(TeacherPanel panel, IReadOnlyList<StudentRun> students, bool linear)
    {
        LogitTable? dev = panel.TryLogits(_devTexts), test = panel.TryLogits(_testTexts);
        var models = new List<ModelReport>();
        if (dev is not null && test is not null)
            models.Add(Teacher(panel, dev, test));
        int first = students.Min(student => student.Seed);
        foreach (StudentRun student in students)
            models.Add(Score(student, dev, test, timed: student.Seed == first));
        if (linear)
            models.Add(Linear(dev, test));
        Role shipped = RunReport.RoleHandedOver(models);
        int best = models.Where(model => model.Role == shipped)
            .OrderByDescending(model => model.Dev.Of(recipe.Distillation.Metric))
            .ThenBy(model => model.Dev.NegativeLogLikelihood).First().Seed;
        StudentRun chosen = students.First(student => student.Role == shipped && student.Seed == best);
        FoldedStudent folded = FoldedStudent.Load(Folder(chosen));
        string handedOver = Path.Combine(run, "student");
        folded.Save(handedOver);
        StudentCard.Write(recipe, handedOver, folded, data, chosen, models, DateTimeOffset.UtcNow, cancellation);
        var report = new RunReport(Compare(models), models, panel.Scores, best)
        {
            Convergence = Convergence.Among(students, recipe.Distillation.Metric),
            Facts = new RunFacts(command, Origin.Commit(Directory.GetCurrentDirectory()), Origin.Cpu(), DateTimeOffset.UtcNow,
                [.. data.Report.Parts.Zip([data.Train, data.Dev, data.Test], (part, corpus) => new PartFacts(part.Name, part.Source, part.Rows, part.ClassCounts, CorpusHash.Of(corpus)))]),
        };
        AtomicFile.WriteText(Path.Combine(run, "report", "results.json"),
            JsonSerializer.Serialize(report, JsonForm.Indented) + "\n");
        WriteExamples(chosen, dev, test);
        WriteFractions(students);
        return report;
    }

    /// <summary>Where the student that is handed over does not follow the teacher: on test, or on dev where the teacher does not know all of test.</summary>
    private void WriteExamples(StudentRun chosen, LogitTable? dev, LogitTable? test)
    {
        string file = Path.Combine(run, "report", "examples.json");
        File.Delete(file);
        if (recipe.Report.Examples == 0 || (test ?? dev) is not { } taught)
            return;
        (string part, Corpus corpus, string[] texts) = test is null ? ("dev", data.Dev, _devTexts) : ("test", data.Test, _testTexts);
        using var student = StudentClassifier.Load(Folder(chosen));
        Disagreements found = Disagreements.Of(chosen.Role, chosen.Seed, part, corpus, (taught, dev is null ? 1 : TemperatureFit.Fit(data.Dev, dev)),
            (student.Logits(texts, recipe.Machine.Threads, cancellation), student.Temperature), recipe.Report.Examples);
        AtomicFile.WriteText(file, JsonSerializer.Serialize(found, JsonForm.Indented) + "\n");
    }

    /// <summary>A page for each student that shows what it was distilled on.</summary>
    private void WriteFractions(IReadOnlyList<StudentRun> students)
    {
        string report = Path.Combine(run, "report");
        foreach (string old in Directory.GetFiles(report, "fractions-*.html"))
            File.Delete(old);
        // It is made of the files of a finished run, and is none of its outputs: who makes it anew changes no run.
        File.Delete(Path.Combine(report, "report.html"));
        string[] compressed = [.. students.Where(student => student.Compression is not null).Select(student => $"compression-seed-{student.Seed}")];
        foreach (string old in Directory.GetFiles(report, "compression-seed-*").Where(file => !compressed.Contains(Path.GetFileNameWithoutExtension(file))))
            File.Delete(old);
        if (!recipe.Fractionation.IsOn)
            return;
        foreach (StudentRun student in students.Where(student => student.Role == Role.Student))
        {
            string name = Path.GetFileName(student.Folder);
            AtomicFile.WriteText(Path.Combine(report, $"fractions-{name}.html"),
                FractionPage.ToHtml($"{recipe.Name}, {name}: what it was distilled on", FractionLog.Read(Path.Combine(run, "fractions", name))));
        }
    }

    /// <summary>What the students learnt from: several teachers count as one, and take the time of all.</summary>
    private ModelReport Teacher(TeacherPanel panel, LogitTable dev, LogitTable test)
    {
        double temperature = TemperatureFit.Fit(data.Dev, dev);
        using TimedTeachers? timed = panel.Timed();
        Latency? latency = timed is null ? null : Time(Role.Teacher, timed.Answer);
        return new ModelReport(Role.Teacher, recipe.Teacher.Seed, Evaluator.Evaluate(data.Dev, dev, null, temperature),
            Evaluator.Evaluate(data.Test, test, null, temperature), timed?.Bytes, latency);
    }

    private ModelReport Linear(LogitTable? dev, LogitTable? test)
    {
        string folder = Path.Combine(run, LinearStage.Folder);
        using var model = LinearModel.Load(folder);
        LogitTable onDev = model.Logits(_devTexts);
        double temperature = TemperatureFit.Fit(data.Dev, onDev);
        return new ModelReport(Role.Linear, LinearTraining.Seed, Evaluator.Evaluate(data.Dev, onDev, dev, temperature),
            Evaluator.Evaluate(data.Test, model.Logits(_testTexts), test, temperature), TimedTeachers.SizeOf(folder), Time(Role.Linear, model.Answer));
    }

    // As a product will run it: what is reported includes what 8 bits cost.
    private ModelReport Score(StudentRun run, LogitTable? dev, LogitTable? test, bool timed)
    {
        string folder = Folder(run);
        using var student = StudentClassifier.Load(folder);
        EvaluationResult onDev = Evaluator.Evaluate(data.Dev, student.Logits(_devTexts, recipe.Machine.Threads, cancellation), dev, student.Temperature);
        EvaluationResult onTest = Evaluator.Evaluate(data.Test, student.Logits(_testTexts, recipe.Machine.Threads, cancellation), test, student.Temperature);
        Latency? latency = timed ? Time(run.Role, student.Answer) : null;
        return new ModelReport(run.Role, run.Seed, onDev, onTest, TimedTeachers.SizeOf(folder), latency) { Texts = run.Texts, TeacherCalls = run.TeacherCalls };
    }

    /// <summary>Scores one student on dev alone, as a product will run it.</summary>
    /// <param name="panel">Whom it is to agree with.</param>
    /// <param name="student">What was trained.</param>
    /// <param name="timed">Whether it is timed, too.</param>
    public DevReport OnDev(TeacherPanel panel, StudentRun student, bool timed)
    {
        string folder = Folder(student);
        using var classifier = StudentClassifier.Load(folder);
        EvaluationResult dev = Evaluator.Evaluate(data.Dev, classifier.Logits(_devTexts, recipe.Machine.Threads, cancellation), panel.TryLogits(_devTexts), classifier.Temperature);
        Latency? least = timed ? LatencyMeter.Quickest(classifier.Answer, _devTexts, Turns, _warmUp, _turn, cancellation) : null;
        return new DevReport(student, dev, TimedTeachers.SizeOf(folder), least);
    }

    /// <summary>Scores finished students on test.</summary>
    /// <param name="panel">Whom they are to agree with.</param>
    /// <param name="folders">Theirs.</param>
    public IReadOnlyList<EvaluationResult> OnTest(TeacherPanel panel, IEnumerable<string> folders)
    {
        LogitTable? test = panel.TryLogits(_testTexts);
        return [.. folders.Select(folder =>
        {
            using var classifier = StudentClassifier.Load(folder);
            return Evaluator.Evaluate(data.Test, classifier.Logits(_testTexts, recipe.Machine.Threads, cancellation), test, classifier.Temperature);
        })];
    }

    /// <summary>On one thread: what a request costs on a server that answers several at once.</summary>
    private Latency Time(Role role, Action<string> classify)
    {
        progress?.Report(StageProgress.Note("evaluate", $"timing the {role.Title()} on one thread"));
        return LibTorch.OnOneThread(() => LatencyMeter.Measure(classify, _testTexts, _warmUp, _budget, null, cancellation));
    }

    private static ComparisonTable Compare(IEnumerable<ModelReport> models) => ComparisonTable.Of(models
        .GroupBy(model => model.Role)
        .Select(role => new Candidate(role.Key, role.Select(model => model.Test).ToArray(), role.First().Bytes,
            role.Select(model => model.Latency).FirstOrDefault(latency => latency is not null)))
        .ToArray());

    private string Folder(StudentRun student) => Path.Combine(run, student.Folder);
}
