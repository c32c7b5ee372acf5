using System.Globalization;
using System.Text.Json;
using Retort.Cascades;
using Retort.Evaluation;
using Retort.Pipeline;
using Retort.Reports;
using Retort.Runs;
using Retort.Training;

namespace Retort.Cli;

/// <summary>Prints what a run came to.</summary>
internal static class RunSummary
{
    /// <summary>More classes than these make tables that nobody reads on a terminal.</summary>
    private const int MostClasses = 30, MostConfused = 12;

    public static void Write(Terminal terminal, RunResult result, bool json)
    {
        if (json)
        {
            terminal.Out.WriteLine(JsonSerializer.Serialize(result, JsonForm.Compact));
            return;
        }
        if (result.Cascade is { } cascade)
        {
            terminal.Out.WriteLine(CascadeText.Of(cascade));
            terminal.Out.WriteLine($"Cascade: {Path.Combine(result.Folder, "cascade")}\nReport: {Path.Combine(result.Folder, "report", "report.html")}");
            return;
        }
        // One teacher that stands in the table of models needs none of its own.
        bool standsBelow = result.Report?.Models.Any(model => model.Role == Role.Teacher) == true && result.Teachers.DistinctBy(score => score.Name).Count() == 1;
        if (result.Teachers.Count > 0 && !standsBelow)
            terminal.Out.WriteLine(TeacherTable.Of(result.Teachers).ToText());
        if (result.Report is { } report)
        {
            terminal.Out.WriteLine(report.Test.ToText());
            if (report.Convergence.Count > 0)
                terminal.Out.WriteLine(report.ConvergenceTable().ToText());
            WriteCompression(terminal, result);
            if (report.TeacherCallsText() is { } calls)
                terminal.Out.WriteLine($"{calls}\n");
            WriteClasses(terminal, report, Path.Combine(result.Folder, "report", "results.json"));
            terminal.Out.WriteLine(Line($"Student of seed {report.BestSeed}, the best on dev: {Path.Combine(result.Folder, "student")}\nReport: {Path.Combine(result.Folder, "report", "report.html")}"));
            return;
        }
        if (result.Teacher is { } teacher)
            terminal.Out.WriteLine($"Teacher: {Scores(teacher)}: {Path.Combine(result.Folder, "teacher")}");
        if (result.Augmentation is { } augmentation)
            terminal.Out.WriteLine(Line($"Augmented: {augmentation.Kept} texts of {augmentation.Asked} asked for: {Path.Combine(result.Folder, "augmented", "texts.tsv")}"));
        if (result.Labelling is { } labelling)
            terminal.Out.WriteLine(Line($"Signals: {labelling.Texts} texts, {labelling.Computed} of them new, in {labelling.Elapsed.TotalSeconds:0} s"));
        if (result.Fractions is { } fractions)
            terminal.Out.WriteLine(FractionTables.ToText(fractions).TrimEnd());
        foreach (StudentRun student in result.Students.Where(student => student.Compression is null))
            terminal.Out.WriteLine($"{student.Role.Title()}, seed {student.Seed}: {Scores(student.Training)}: {Path.Combine(result.Folder, student.Folder)}");
        WriteCompression(terminal, result);
    }

    private static void WriteCompression(Terminal terminal, RunResult result)
    {
        foreach (StudentRun student in result.Students)
        {
            if (student.Compression is not { } compression)
                continue;
            string what = compression.IsUnchanged ? "not compressed: no step passed the gates, it stays as it was" : "compressed";
            terminal.Out.WriteLine(Line($"Student of seed {student.Seed}, {what}: {Path.Combine(result.Folder, student.Folder)}\n{compression.ToTable().ToText()}"));
        }
    }

    /// <summary>The student that is handed over, class by class.</summary>
    private static void WriteClasses(Terminal terminal, RunReport report, string file)
    {
        EvaluationResult student = report.Models.First(model => model.Role == report.HandedOver && model.Seed == report.BestSeed).Test;
        string title = $"Student of seed {report.BestSeed} on test{(student.AgainstTeacher ? ", against the teacher's answers" : "")}";
        int classes = student.Classes.Count;
        if (classes <= MostClasses)
            terminal.Out.WriteLine($"{title}, class by class:\n{ClassTables.PerClass(student).ToText()}");
        if (classes <= MostConfused && ClassTables.Confusion(student) is { } confusion)
            terminal.Out.WriteLine($"{title}, what was taken for what:\n{confusion.ToText()}");
        string? left = classes > MostClasses ? "scores" : classes > MostConfused && student.Confusion is not null ? "confusion matrix" : null;
        if (left is not null)
            terminal.Out.WriteLine($"The {left} of all {classes} classes: {file}\n");
    }

    private static string Scores(TrainingResult training) => Line(
        $"dev {(double.IsNaN(training.Best.Accuracy) ? $"agreement {training.Best.Agreement:0.0000}" : $"accuracy {training.Best.Accuracy:0.0000}, macro-F1 {training.Best.MacroF1:0.0000}")} at step {training.BestStep} of {training.Steps}, {training.Elapsed.TotalSeconds:0} s");

    private static string Line(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
