using System.Globalization;
using Retort.Evaluation;
using Retort.Reports;
using YamlDotNet.Serialization;

namespace Retort.Tests.Pipeline;

[Collection(FinishedRunTests.Name)]
public sealed class StudentCardTests(FinishedRun run)
{
    [Fact]
    public void The_card_has_the_figures_of_the_student_beside_it()
    {
        RunReport report = run.Result.Report!;
        ModelReport student = report.Models.Single(model => model.Role == Role.Student && model.Seed == report.BestSeed);
        string card = File.ReadAllText(Path.Combine(run.Result.Folder, "student", "README.md"));
        var metadata = (Dictionary<object, object>)new Deserializer().Deserialize(card.Split("---\n")[1])!;
        Assert.Equal(("retort", "text-classification", "unknown"), (metadata["library_name"], metadata["pipeline_tag"], metadata["license"]));
        object results = ((Dictionary<object, object>)((List<object>)metadata["model-index"])[0])["results"];
        var metrics = (List<object>)((Dictionary<object, object>)((List<object>)results)[0])["metrics"];
        Assert.Equal([student.Test.Accuracy!.Value, student.Test.MacroF1!.Value],
            metrics.Select(metric => double.Parse((string)((Dictionary<object, object>)metric)["value"], CultureInfo.InvariantCulture)), (a, b) => Math.Abs(a - b) < 5e-5);
        Assert.Contains("| this student | ", card, StringComparison.Ordinal);
        Assert.Contains("| teacher | ", card, StringComparison.Ordinal);
        Assert.Contains("| student without teacher | ", card, StringComparison.Ordinal);
        Assert.Contains("`bad`, `good`", card, StringComparison.Ordinal);
        Assert.Contains($"{student.Test.CalibratedError:0.0000} ({student.Test.CalibrationError:0.0000} without)", card, StringComparison.Ordinal);
        // The tiny encoder has no card of its own.
        Assert.Contains("fine-tuned: licence unknown", card, StringComparison.Ordinal);
    }

    [Fact]
    public void The_card_does_not_hinder_the_folder()
    {
        using var classifier = Retort.Students.StudentClassifier.Load(Path.Combine(run.Result.Folder, "student"));
        Assert.Equal(["bad", "good"], classifier.Labels.Names);
    }
}
