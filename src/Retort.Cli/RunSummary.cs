using System.Globalization;
using System.Text.Json;
using Retort.Evaluation;
using Retort.Pipeline;
using Retort.Runs;
using Retort.Training;

namespace Retort.Cli;

/// <summary>Prints what a run came to.</summary>
internal static class RunSummary
{
    public static void Write(Terminal terminal, RunResult result, bool json)
    {
        if (json)
        {
            terminal.Out.WriteLine(JsonSerializer.Serialize(result, JsonForm.Compact));
            return;
        }
        if (result.Report is { } report)
        {
            terminal.Out.WriteLine(report.Test.ToText());
            terminal.Out.WriteLine(Line($"Student of seed {report.BestSeed}, the best on dev: {Path.Combine(result.Folder, "student")}"));
            return;
        }
        if (result.Teacher is { } teacher)
            terminal.Out.WriteLine($"Teacher: {Scores(teacher)}: {Path.Combine(result.Folder, "teacher")}");
        if (result.Labelling is { } labelling)
            terminal.Out.WriteLine(Line($"Signals: {labelling.Texts} texts, {labelling.Computed} of them new, in {labelling.Elapsed.TotalSeconds:0} s"));
        foreach (StudentRun student in result.Students)
            terminal.Out.WriteLine($"{student.Role.Title()}, seed {student.Seed}: {Scores(student.Training)}: {Path.Combine(result.Folder, student.Folder)}");
    }

    private static string Scores(TrainingResult training) => Line(
        $"dev accuracy {training.Best.Accuracy:0.0000}, macro-F1 {training.Best.MacroF1:0.0000} at step {training.BestStep} of {training.Steps}, {training.Elapsed.TotalSeconds:0} s");

    private static string Line(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
