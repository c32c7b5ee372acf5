using System.Text.Json;
using System.Xml.Linq;
using Retort.Cascades;
using Retort.Data;
using Retort.Metrics;
using Retort.Onnx.Cascades;
using Retort.Pipeline;
using Retort.Runs;
using Retort.Runtime;
using Retort.Runtime.Model;
using Retort.Signals;
using Retort.Teachers;
using Retort.Tests.Distillation;
using Retort.Tests.Reports;
using Retort.Tests.Teachers;

namespace Retort.Tests.Pipeline;

/// <summary>Cascades of a finished run, each on a copy of it.</summary>
[Collection(FinishedRunTests.Name)]
public sealed class CascadeRunTests(FinishedRun run) : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly List<string> _messages = [];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_student_of_a_run_says_what_it_said_of_dev()
    {
        string student = Path.Combine(run.Result.Folder, "student");
        ReferenceDistribution reference = ReferenceDistribution.Read(student, classes: 2)!;
        using var classifier = TextClassifier.Load(student);
        Classification[] answers = classifier.ClassifyAll([.. Enumerable.Range(60, 24).Select(ToyCorpus.Text)]);
        Assert.Equal(24, reference.Texts);
        Assert.Equal(ReferenceDistribution.Of(answers, 2).ToJson(), reference.ToJson());
        Assert.Equal(1, reference.Classes.Sum(), 12);
    }

    [Fact]
    public void A_cascade_of_a_fine_tuned_teacher_can_be_served()
    {
        Recipe recipe = run.CopyTo(_folder) with { Cascade = new CascadeOptions { Epsilon = 100, Coverage = 0.8 } };
        RunResult result = Again(recipe);
        CascadeReport report = result.Cascade!;
        Assert.Contains("cascade/teacher runs: it has not been run yet", _messages);
        Assert.Contains(_messages, message => message.StartsWith("the teacher's ONNX file answers as the teacher does on 81 texts, fewer than 1,000", StringComparison.Ordinal));

        CascadeFile file = CascadeFile.Read(Cascade);
        Assert.Equal(ContentHash.OfFile(_folder["tiny/student/config.json"]), file.StudentSha256);
        Assert.Equal((report.Chosen.Threshold, 0, null), (file.Threshold, report.Chosen.Dev.Deferred, file.Rejection));
        Assert.Equal((report.Conformal!.Coverage, report.Conformal.Threshold), (file.Conformal!.Coverage, file.Conformal.Threshold));
        Assert.Equal(("teacher/model.onnx", "teacher", 12, TeacherScores.Logits), (file.Teacher!.Model, file.Teacher.Tokenizer, file.Teacher.MaxLength, file.Teacher.Scores));
        Assert.Equal(["bad", "good"], file.Teacher.Labels);
        Assert.Equal(report.TeacherTemperature, file.Teacher.Temperature);
        Assert.Equal(result.Report!.Models[0].Dev.Temperature, report.TeacherTemperature);
        Assert.NotEqual(1, report.TeacherTemperature);

        // What the files say is what the signals of the run say.
        string[] texts = [.. Enumerable.Range(84, 30).Select(ToyCorpus.Text)];
        using var served = OnnxLabeller.Load(OnnxTeacherFiles.Find(Path.Combine(Cascade, "teacher"))!, new LabelOptions { BatchTokens = 256 }, ToyCorpus.Labels, TaskKind.SingleLabel, threads: 1);
        var said = new LogitTable(served.Label(texts, null, TestContext.Current.CancellationToken).Logits, 2);
        Assert.Equal(report.Teacher.Test, said.ArgMaxes().Where((answer, k) => answer == ToyCorpus.Class(84 + k)).Count() / 30.0);

        CascadeReport written = JsonSerializer.Deserialize<CascadeReport>(File.ReadAllText(Path.Combine(Cascade, CascadeReport.FileName)), JsonForm.Indented)!;
        Assert.Equal(JsonSerializer.Serialize(report, JsonForm.Indented), JsonSerializer.Serialize(written, JsonForm.Indented));
        Assert.Equal((24, 30, null), (written.DevTexts, written.TestTexts, written.NotServed));
        Assert.Equal(written.Cost!.Student / written.Cost.Teacher + 0.25, written.Cost.OfTeacher(0.25));

        XElement section = PageXml.Sections(PageXml.Parse(File.ReadAllText(_folder["tiny/report/report.html"])))["cascade"];
        Assert.Equal(3, section.Descendants("path").Count(path => path.Attribute("class")?.Value == "line") - 1);
        Assert.Contains("loss of at most 100 at 95 %", section.Value, StringComparison.Ordinal);
    }

    [Fact]
    public void It_is_made_anew_where_an_option_changes_and_its_teacher_is_not()
    {
        Recipe recipe = run.CopyTo(_folder);
        CascadeReport report = Again(recipe).Cascade!;
        // 24 texts show nothing at half a point.
        Assert.Equal((CascadeCurve.Never, false), (report.Chosen.Threshold, report.IsSupported));
        Assert.True(report.EpsilonForHalf > 5);
        Assert.Equal(CascadeCurve.Never, CascadeFile.Read(Cascade).Threshold);
        _messages.Clear();
        Again(recipe);
        Assert.Contains("cascade is up to date", _messages);
        _messages.Clear();
        Again(recipe with { Cascade = new CascadeOptions { Epsilon = report.EpsilonForHalf } });
        Assert.Contains("cascade runs: options changed", _messages);
        Assert.Contains("cascade/teacher is up to date", _messages);
        Assert.InRange(CascadeFile.Read(Cascade).Threshold, 0, 1);
        _messages.Clear();
        File.Delete(Path.Combine(Cascade, "teacher", "vocab.txt"));
        Again(recipe);
        Assert.Contains("cascade/teacher runs: cascade/teacher/vocab.txt is missing or changed", _messages);
    }

    [Fact]
    public void Texts_out_of_scope_are_rejected_where_some_are_named()
    {
        string file = _folder.Write("oos.txt", "zzz zzz zzz\nxyz\n");
        CascadeReport report = Again(run.CopyTo(_folder) with { Cascade = new CascadeOptions { OutOfScope = file, MaxRejected = 25 } }).Cascade!;
        Assert.Equal(report.Rejection!.Threshold, CascadeFile.Read(Cascade).Rejection!.Threshold);
        Assert.Equal(2, report.Rejection.Texts);
        Assert.InRange(report.Rejection.Dev, 0, 0.25);
        Assert.InRange(report.Rejection.AreaUnderCurve, 0.5, 1);
        Assert.Contains("2 texts that belong to no class", CascadeText.Of(report), StringComparison.Ordinal);
    }

    [Fact]
    public void Of_an_onnx_teacher_the_files_are_copied_and_of_a_file_the_curve_alone_is_told()
    {
        Recipe recipe = run.CopyTo(_folder);
        Again(recipe);
        string onnx = Path.Combine(Cascade, "teacher", "model.onnx");
        Recipe own = recipe with
        {
            Name = "own",
            Teacher = new TeachOptions { Sources = [onnx], Encoder = run.Encoder },
            Distillation = recipe.Distillation with { Seeds = [1], Epochs = 1 },
            Cascade = new CascadeOptions { Epsilon = 100 },
        };
        CascadeReport copied = Again(own).Cascade!;
        Assert.Null(copied.NotServed);
        Assert.Equal(File.ReadAllBytes(onnx), File.ReadAllBytes(_folder["own/cascade/teacher/model.onnx"]));
        Assert.Equal(TeacherScores.Logits, CascadeFile.Read(_folder["own/cascade"]).Teacher!.Scores);
        Assert.Equal(12, CascadeFile.Read(_folder["own/cascade"]).Teacher!.MaxLength);

        string logits = _folder.Write("logits.tsv", "text\tlogit:bad\tlogit:good\n" + string.Concat(Enumerable.Range(0, 114).Select(k => $"{ToyCorpus.Text(k)}\t{(ToyCorpus.Class(k) == 0 ? "2\t-2" : "-2\t2")}\n")));
        CascadeReport told = Again(own with { Teacher = own.Teacher with { Sources = [logits] } }).Cascade!;
        Assert.Equal("the teacher logits.tsv is a file of signals, and a server asks a model", told.NotServed);
        Assert.Contains("Nothing can be served", CascadeText.Of(told), StringComparison.Ordinal);
        Assert.Equal(["curve.json"], Directory.GetFileSystemEntries(_folder["own/cascade"]).Select(Path.GetFileName));
        Assert.Null(told.Cost);

        CascadeReport both = Again(own with { Teacher = own.Teacher with { Sources = [logits, onnx] } }).Cascade!;
        Assert.Equal("several teachers count as one, and a server asks one model", both.NotServed);
    }

    [Fact]
    public void A_cascade_of_another_student_is_left_out_of_the_report()
    {
        Again(run.CopyTo(_folder));
        string curve = Path.Combine(Cascade, CascadeReport.FileName);
        File.WriteAllText(curve, File.ReadAllText(curve).Replace("\"student_sha256\": \"", "\"student_sha256\": \"0", StringComparison.Ordinal));
        RunReports.Write(_folder["tiny"]);
        XElement page = PageXml.Parse(File.ReadAllText(_folder["tiny/report/report.html"]));
        Assert.DoesNotContain("cascade", PageXml.Sections(page).Keys);
        Assert.Contains(page.Descendants(), element => element.Attribute("class")?.Value == "notice" && element.Value.Contains("another student", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(LongText.HeadTail, "head")]
    [InlineData(LongText.WindowsMean, "windows")]
    public void A_teacher_that_reads_more_than_heads_cannot_be_served(LongText longText, string word) =>
        Assert.Contains(word, ServedTeacher.Refusal(null, longText), StringComparison.Ordinal);

    [Theory]
    [InlineData("roberta", "its model_type is 'roberta'")]
    [InlineData("distilbert", "its model_type is 'distilbert'")]
    public void A_teacher_that_cannot_be_written_as_onnx_cannot_be_served(string model, string reason)
    {
        using Teacher teacher = Teacher.Load(GoldenEncoders.Place(model), TorchSharp.torch.CPU);
        Assert.StartsWith(reason, ServedTeacher.Refusal(teacher, LongText.Head), StringComparison.Ordinal);
    }

    [Fact]
    public void What_no_cascade_can_be_made_of_is_refused_before_anything_runs()
    {
        Recipe recipe = run.Recipe with { Runs = _folder.Path, Results = "" };
        UsageException missing = Refused(recipe with { Cascade = new CascadeOptions { OutOfScope = "none.txt" } });
        Assert.Equal(("cascade.out_of_scope", true), (missing.Key, missing.Message.Contains("none.txt: there is no such file", StringComparison.Ordinal)));

        string several = _folder.Write("several.tsv", "text\tlabel\n" + string.Concat(Enumerable.Range(0, 40).Select(k => $"{ToyCorpus.Text(k)}\t{(k % 2 == 0 ? "bad|good" : "good")}\n")));
        UsageException multi = Refused(recipe with { Data = new DataOptions { Train = several, LabelSeparator = "|" } });
        Assert.Contains("the task is multi-label", multi.Message, StringComparison.Ordinal);

        string texts = _folder.Write("texts.txt", string.Concat(Enumerable.Range(0, 40).Select(k => $"{ToyCorpus.Text(k)}\n")));
        UsageException without = Refused(recipe with { Data = new DataOptions { Train = texts, Unlabelled = true }, Teacher = new TeachOptions { Sources = [Path.Combine(run.Result.Folder, "teacher")] } });
        Assert.Equal("data.unlabelled", without.Key);
        Assert.False(Directory.Exists(_folder["tiny/students"]));
    }

    private string Cascade => _folder["tiny/cascade"];

    private UsageException Refused(Recipe recipe) => Assert.Throws<UsageException>(() => Again(recipe));

    private RunResult Again(Recipe recipe) => FinishedRun.Run(recipe, Stage.Cascade, messages: _messages);
}
