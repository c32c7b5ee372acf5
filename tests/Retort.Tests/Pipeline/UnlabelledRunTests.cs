using System.Text.Json;
using Retort.Data;
using Retort.Evaluation;
using Retort.Fractionation;
using Retort.Pipeline;
using Retort.Reports;
using Retort.Runs;
using Retort.Signals;
using Retort.Students;
using Retort.Teachers;
using Retort.Tests.Distillation;

namespace Retort.Tests.Pipeline;

/// <summary>A run on texts alone: no label stands anywhere.</summary>
[Collection(FinishedRunTests.Name)]
public sealed class UnlabelledRunTests(FinishedRun run) : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly List<string> _messages = [];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void It_distils_the_teacher_and_tells_only_what_can_be_told()
    {
        Recipe recipe = Recipe(_folder.Write("texts.txt", string.Concat(Enumerable.Range(0, 114).Select(k => ToyCorpus.Text(k) + "\n"))));
        RunResult result = FinishedRun.Run(recipe, Stage.Evaluate, messages: _messages);
        Assert.Empty(result.Teachers);
        Assert.Equal(["teacher", "student", "student"], result.Report!.Models.Select(model => model.Role.Name()));
        foreach (ModelReport model in result.Report.Models)
        {
            Assert.True(model.Test.AgainstTeacher);
            Assert.Null(model.Test.Accuracy);
            Assert.Null(model.Test.MacroF1);
            Assert.Null(model.Test.CalibratedError);
        }
        Assert.All(result.Report.Models.Skip(1), model => Assert.True(model.Test.Agreement >= 0.9, $"{model.Test.Agreement}"));
        Assert.All(result.Students, student => Assert.True(double.IsNaN(student.Training.Best.Accuracy) && student.Training.Best.Agreement > 0));
        double best = result.Report.Models.Skip(1).Max(model => model.Dev.Agreement!.Value);
        Assert.Equal(best, result.Report.Models.Last(model => model.Seed == result.Report.BestSeed).Dev.Agreement);
        string table = result.Report.Test.ToText();
        Assert.Matches(@"accuracy +– +–", table);
        Assert.Contains(_messages, message => message.StartsWith("the corpus has no labels", StringComparison.Ordinal));
        Assert.DoesNotContain(_messages, message => message.Contains("NaN", StringComparison.Ordinal));
        using Student student = Student.Load(Path.Combine(result.Folder, "student"), TorchSharp.torch.CPU);
        Assert.Equal(["bad", "good"], student.Labels.Names);
        ResultsLine line = ResultsLog.Open(recipe.Results).Read().First(line => line.Role == Role.Student);
        Assert.Null(line.TestAccuracy);
        Assert.True(line.Agreement >= 0.9);
        Assert.Equal("agreement", Retort.Pipeline.Recipe.Load(Path.Combine(result.Folder, "recipe.yaml")).Distillation.Metric.ToString().ToLowerInvariant());
        _messages.Clear();
        RunResult again = FinishedRun.Run(recipe, Stage.Evaluate, messages: _messages);
        Assert.Equal(JsonSerializer.Serialize(result, JsonForm.Compact), JsonSerializer.Serialize(again, JsonForm.Compact));
        Assert.DoesNotContain(_messages, message => message.Contains(" runs", StringComparison.Ordinal));
    }

    [Fact]
    public void A_label_column_is_not_looked_at()
    {
        string file = _folder.Write("texts.tsv", "label\ttext\n" + string.Concat(Enumerable.Range(0, 60).Select(k => $"nonsense{k}\t{ToyCorpus.Text(k)}\n")));
        RunResult result = FinishedRun.Run(Recipe(file), Stage.Label);
        Assert.Equal(60, result.Labelling!.Texts);
    }

    [Fact]
    public void A_file_of_signals_needs_the_names_of_the_classes()
    {
        string texts = _folder.Write("texts.txt", string.Concat(Enumerable.Range(0, 60).Select(k => ToyCorpus.Text(k) + "\n")));
        string signals = _folder.Write("s.jsonl", string.Concat(Enumerable.Range(0, 60)
            .Select(k => $"{{\"text\": \"{ToyCorpus.Text(k)}\", \"p\": {{\"{ToyCorpus.Labels[ToyCorpus.Class(k)]}\": 1}}}}\n")));
        Recipe recipe = Recipe(texts) with { Teacher = new TeachOptions { Sources = [signals], Encoder = run.Encoder }, Labelling = new LabelOptions() };
        var error = Assert.Throws<UsageException>(() => FinishedRun.Run(recipe, Stage.Distill));
        Assert.Equal("data.label_file", error.Key);
        string labels = _folder.Write("labels.txt", "good\nbad\n");
        RunResult result = FinishedRun.Run(recipe with { Data = recipe.Data with { LabelFile = labels } }, Stage.Distill);
        Assert.True(result.Students[0].Training.Best.Agreement >= 0.8, $"{result.Students[0].Training.Best}");
    }

    [Fact]
    public void Classes_in_another_order_train_the_students_anew()
    {
        Recipe recipe = Recipe(_folder.Write("texts.txt", string.Concat(Enumerable.Range(0, 114).Select(k => ToyCorpus.Text(k) + "\n"))));
        recipe = recipe with { Distillation = recipe.Distillation with { Seeds = [1] } };
        double before = FinishedRun.Run(recipe, Stage.Evaluate).Report!.Models[^1].Test.Agreement!.Value;
        string labels = _folder.Write("labels.txt", "good\nbad\n");
        RunResult turned = FinishedRun.Run(recipe with { Data = recipe.Data with { LabelFile = labels } }, Stage.Evaluate, messages: _messages);
        Assert.Contains("students/seed-1 runs: classes changed", _messages);
        using Student student = Student.Load(Path.Combine(turned.Folder, "student"), TorchSharp.torch.CPU);
        Assert.Equal(["good", "bad"], student.Labels.Names);
        Assert.Equal(before, turned.Report!.Models[^1].Test.Agreement!.Value, 0.1);
    }

    [Theory]
    [InlineData("data: {unlabelled: true}\n", "without labels no encoder can be fine-tuned")]
    [InlineData("data: {unlabelled: true}\nteacher: {sources: [a, b], combine: learned}\n", "r.yaml:2: teacher.combine is learned, which chooses on the labels of dev")]
    [InlineData("data: {unlabelled: true, label_column: x}\nteacher: {sources: a}\n", "r.yaml:1: data.label_column has no effect while data.unlabelled is true")]
    [InlineData("data: {unlabelled: true}\nteacher: {sources: a}\ndistillation: {metric: macro_f1}\n", "r.yaml:3: distillation.metric has no effect while data.unlabelled is true")]
    [InlineData("data: {unlabelled: true}\nteacher: {sources: a}\ndistillation: {hard_label_weight: 1}\n", "r.yaml:3: distillation.hard_label_weight has no effect")]
    public void What_needs_labels_is_refused(string yaml, string message)
    {
        var error = Assert.Throws<UsageException>(() => Retort.Pipeline.Recipe.Parse(yaml, "r.yaml"));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_part_of_the_texts_can_be_chosen()
    {
        Recipe recipe = Recipe(_folder.Write("texts.txt", string.Concat(Enumerable.Range(0, 114).Select(k => ToyCorpus.Text(k) + "\n"))));
        recipe = recipe with
        {
            Distillation = recipe.Distillation with { Seeds = [1] },
            Fractionation = new() { Scores = [Score.Entropy], Select = Selection.Highest, Fraction = 0.5, ClassQuota = ClassQuota.Proportional },
        };
        RunResult result = FinishedRun.Run(recipe, Stage.Evaluate, messages: _messages);
        FractionSummary choice = Assert.Single(FractionLog.Read(Path.Combine(result.Folder, "fractions/seed-1")));
        Assert.Equal((int)Math.Round(choice.Texts / 2.0, MidpointRounding.AwayFromZero), choice.Chosen);
        // The classes are the teacher's.
        Assert.Equal(["bad", "good"], choice.Classes.Select(share => share.Name));
        Assert.All(choice.Classes, share => Assert.InRange(share.After, share.Before - 0.02, share.Before + 0.02));
        Assert.Equal([Role.Student, Role.StudentOnRandomFraction], result.Students.Select(student => student.Role));
    }

    private Recipe Recipe(string texts) => run.Recipe with
    {
        Name = "texts",
        Runs = _folder.Path,
        Results = _folder["results.csv"],
        Data = new DataOptions { Train = texts, Unlabelled = true, DevFraction = 0.2, TestFraction = 0.2 },
        Teacher = new TeachOptions { Sources = [Path.Combine(run.Result.Folder, "teacher")] },
        Distillation = run.Recipe.Distillation with { Epochs = 10 },
    };
}
