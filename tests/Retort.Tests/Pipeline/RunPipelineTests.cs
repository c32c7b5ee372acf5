using System.Text.Json;
using Retort.Evaluation;
using Retort.Pipeline;
using Retort.Reports;
using Retort.Runs;
using Retort.Students;
using Retort.Teachers;
using Retort.Tests.Training;
using static TorchSharp.torch;

namespace Retort.Tests.Pipeline;

[Collection(FinishedRunTests.Name)]
public sealed class RunPipelineTests(FinishedRun run)
{
    [Fact]
    public void A_run_leaves_every_artefact_and_no_checkpoint()
    {
        Assert.Equal(["evaluated.yaml", "logs", "manifest.json", "recipe.yaml", "report", "signals", "student", "students", "teacher"],
            Directory.GetFileSystemEntries(run.Result.Folder).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Equal(["seed-1", "seed-1-without-teacher", "seed-2", "seed-2-without-teacher"],
            Directory.GetDirectories(InRun("students")).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        foreach (string trained in (string[])["teacher", "students/seed-2", "students/seed-1-without-teacher"])
            Assert.Contains(TensorBoardFile.ReadFolder(InRun($"logs/{trained}")), one => one.Scalars.ContainsKey("eval/accuracy"));
        Assert.Equal(run.Recipe.ToYaml(commented: false), Recipe.Load(InRun("recipe.yaml")).ToYaml(commented: false));
        using Teacher teacher = Teacher.Load(InRun("teacher"), CPU);
        Assert.Equal(["bad", "good"], teacher.Labels.Names);
        using Student student = Student.Load(InRun("student"), CPU);
        Assert.Equal(["bad", "good"], student.Labels.Names);
    }

    [Fact]
    public void The_manifest_has_the_hash_of_every_input_and_output()
    {
        Manifest manifest = Manifest.Load(run.Result.Folder);
        Assert.Equal(["distill", "evaluate", "label", "teach"], manifest.Stages.Keys
            .Select(name => name.StartsWith("students/", StringComparison.Ordinal) ? "distill" : name).Distinct().Order(StringComparer.Ordinal));
        foreach ((string name, StageRecord stage) in manifest.Stages)
        {
            Assert.NotEmpty(stage.Inputs);
            Assert.True(stage.PeakMemoryMegabytes > 0);
            Assert.All(stage.Outputs, output => Assert.Equal(ContentHash.OfFile(InRun(output.Key)), output.Value));
            Assert.True(name == "label" || stage.Outputs.Count > 0, name);
        }
        string[] listed = [.. manifest.Stages.Values.SelectMany(stage => stage.Outputs.Keys)];
        Assert.Contains("teacher/model.safetensors", listed);
        Assert.Contains("students/seed-2/model.safetensors", listed);
        Assert.Contains("student/model.safetensors", listed);
        Assert.Contains("report/results.json", listed);
    }

    [Fact]
    public void Teacher_and_students_learn_and_stand_side_by_side_in_the_report()
    {
        RunReport report = JsonSerializer.Deserialize<RunReport>(File.ReadAllText(InRun("report/results.json")), JsonForm.Indented)!;
        Assert.Equal(["teacher 1", "student 1", "student-without-teacher 1", "student 2", "student-without-teacher 2"],
            report.Models.Select(model => $"{model.Role.Name()} {model.Seed}"));
        Assert.All(report.Models, model => Assert.True(model.Test.Accuracy >= 0.9, $"{model.Role} {model.Test.Accuracy}"));
        Assert.All(report.Models, model => Assert.Equal(30, model.Test.Texts));
        Assert.All(report.Models, model => Assert.Equal(model.Seed == 1, model.Latency is not null));
        Assert.All(report.Models.Skip(1), model => Assert.True(model.Test.Agreement >= 0.9));
        double? best = report.Models.Where(model => model.Role == Role.Student).Max(model => model.Dev.Accuracy);
        Assert.Equal(best, report.Models.Single(model => model.Role == Role.Student && model.Seed == report.BestSeed).Dev.Accuracy);
        Assert.Equal(File.ReadAllBytes(InRun($"students/seed-{report.BestSeed}/model.safetensors")),
            File.ReadAllBytes(InRun("student/model.safetensors")));
    }

    [Fact]
    public void The_results_file_has_a_line_for_each_model()
    {
        IReadOnlyList<ResultsLine> lines = ResultsLog.Open(run.Recipe.Results).Read();
        Assert.Equal(["teacher 1", "student 1", "student-without-teacher 1", "student 2", "student-without-teacher 2"],
            lines.Select(line => $"{line.Role.Name()} {line.Seed}"));
        Assert.All(lines, line => Assert.Equal(("tiny", "retort run tiny.yaml"), (line.Task, line.Command)));
        Assert.All(lines, line => Assert.DoesNotContain(Path.GetTempPath(), line.Settings, StringComparison.Ordinal));
        Assert.Contains("teacher.epochs=10", lines[0].Settings, StringComparison.Ordinal);
        Assert.Contains("distillation.epochs=6", lines[1].Settings, StringComparison.Ordinal);
        Assert.DoesNotContain("distillation.epochs=6", lines[0].Settings, StringComparison.Ordinal);
    }

    [Fact]
    public void An_encoder_whose_folder_has_a_blank_still_makes_a_results_line()
    {
        Recipe recipe = run.Recipe with { Teacher = run.Recipe.Teacher with { Encoder = "/models/my encoder=1/" } };
        ResultsLine line = RunResultsLines.Of(recipe, run.Result, "retort run", DateTimeOffset.UnixEpoch).First();
        Assert.Contains("teacher.encoder=my_encoder_1 ", line.Settings, StringComparison.Ordinal);
    }

    [Fact]
    public void The_same_run_again_does_nothing()
    {
        Dictionary<string, DateTime> before = Times();
        var messages = new List<string>();
        int lines = File.ReadAllLines(run.Recipe.Results).Length;
        RunResult again = FinishedRun.Run(run.Recipe, Stage.Evaluate, messages: messages);
        foreach (string stage in new[] { "teach", "label", "students/seed-1", "students/seed-2-without-teacher", "evaluate" })
            Assert.Contains($"{stage} is up to date", messages);
        Assert.DoesNotContain(messages, message => message.Contains(" runs", StringComparison.Ordinal));
        Dictionary<string, DateTime> after = Times();
        Assert.Equal(before.Keys.Order(StringComparer.Ordinal), after.Keys.Order(StringComparer.Ordinal));
        Assert.All(before.Where(file => !file.Key.EndsWith("recipe.yaml", StringComparison.Ordinal)),
            file => Assert.Equal(file.Value, after[file.Key]));
        Assert.Equal(lines, File.ReadAllLines(run.Recipe.Results).Length);
        Assert.Equal(JsonSerializer.Serialize(run.Result, JsonForm.Compact), JsonSerializer.Serialize(again, JsonForm.Compact));
    }

    [Fact]
    public void Each_stage_says_why_it_runs()
    {
        Assert.Contains("teach runs: it has not been run yet", run.Messages);
        Assert.Contains("evaluate runs: it has not been run yet", run.Messages);
    }

    private string InRun(string path) => Path.Combine(run.Result.Folder, path);

    private Dictionary<string, DateTime> Times() => Directory
        .GetFiles(run.Result.Folder, "*", SearchOption.AllDirectories).ToDictionary(file => file, File.GetLastWriteTimeUtc);
}
