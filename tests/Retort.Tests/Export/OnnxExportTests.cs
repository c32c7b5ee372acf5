using System.Globalization;
using System.Text.Json;
using Retort.Data;
using Retort.Export;
using Retort.Onnx;
using Retort.Onnx.Students;
using Retort.Runs;
using Retort.Runtime.Model;
using Retort.Students;
using Retort.Teachers;
using Retort.Tests.Students;
using Retort.Tests.Teachers;
using static TorchSharp.torch;

namespace Retort.Tests.Export;

public sealed class OnnxExportTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private List<StageProgress> Progress { get; } = [];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_student_is_exported_with_its_labels_and_tokenizer()
    {
        Save(1.75);
        ExportResult result = Export("student");
        Assert.Equal(ParityTexts.BuiltIn.Count, result.Texts);
        Assert.Equal(new FileInfo(_folder["student.onnx"]).Length, result.Bytes);
        Assert.InRange(result.LargestDifference, 0, Tolerances.SameArithmeticOtherOrder);
        using OnnxClassifier model = OnnxClassifier.Load(_folder["student.onnx"]);
        Assert.Equal("retort-textcnn", model.Metadata["model_type"]);
        Assert.Equal("single_label_classification", model.Metadata["problem_type"]);
        Assert.Equal("""{"0":"bad","1":"good"}""", model.Metadata["id2label"]);
        Assert.Equal(1.75, double.Parse(model.Metadata["temperature"], CultureInfo.InvariantCulture));
        Assert.Equal("256", model.Metadata["max_length"]);
        Assert.True(JsonDocument.Parse(model.Metadata["tokenizer"]).RootElement.GetProperty("lowercase").GetBoolean());
        Assert.Equal(ContentHash.OfFile(_folder["student/vocab.txt"]), model.Metadata["vocabulary_sha256"]);
    }

    [Fact]
    public void A_teacher_is_exported_window_by_window()
    {
        TinyBert.Write(_folder["teacher"], classes: 2);
        string config = File.ReadAllText(_folder["teacher/config.json"]);
        _folder.Write("teacher/config.json", config[..^1] + """, "retort": {"max_length": 8, "long_text": "windows_mean"}}""");
        ExportResult result = Export("teacher");
        Assert.Equal(ParityTexts.BuiltIn.Count, result.Texts);
        Assert.Equal(["source", "onnx"], Progress.Select(report => report.Stage).Distinct());
        Assert.All(Progress, report => Assert.True(report.Total > result.Texts, $"{report.Total} windows"));
        Assert.Equal(2, Progress.Count(report => report.Done == report.Total));
        Assert.InRange(result.LargestDifference, 0, Tolerances.SameArithmeticOtherOrder);
        using OnnxClassifier model = OnnxClassifier.Load(_folder["teacher.onnx"]);
        Assert.Equal(("bert", "8", "1"), (model.Metadata["model_type"], model.Metadata["max_length"], model.Metadata["temperature"]));
        Assert.Equal(ContentHash.OfFile(_folder["teacher/vocab.txt"]), model.Metadata["vocabulary_sha256"]);
    }

    [Fact]
    public void A_real_encoder_agrees_on_real_texts()
    {
        string[] texts = RealTexts();
        using Teacher teacher = RealTeacher();
        teacher.Save(_folder["teacher"]);
        ExportResult result = Export("teacher", texts);
        Assert.Equal(872, result.Texts);
        Assert.InRange(result.LargestDifference, 0, Tolerances.BertStates);
        // The classifier is random and its logits are small: the states say more.
        EncodedText[] encoded = teacher.Encoder.EncodeAll(texts[..16]);
        float[] expected = TeacherOutputs.Of(teacher, encoded, PooledState.Cls, 2048).Pooled;
        using OnnxClassifier model = OnnxClassifier.Load(_folder["teacher.onnx"]);
        int hidden = teacher.Config.Hidden, longest = encoded.Max(text => text.Length);
        IEnumerable<float> first = model.Run(Array.ConvertAll(encoded, text => text.Windows[0]), TensorNames.States)
            .Chunk(longest * hidden).SelectMany(text => text[..hidden]);
        Assert.All(expected.Zip(first), pair => Assert.Equal(pair.First, pair.Second, Tolerances.BertStates));
    }

    [Fact]
    public void A_student_of_real_size_agrees_on_real_texts()
    {
        string[] texts = RealTexts();
        using Teacher teacher = RealTeacher();
        using StudentBlueprint blueprint = StudentBlueprint.Draw(new StudentOptions { Pooling = Pooling.MaxMean },
            teacher.WordPiece!, teacher.Module.WordEmbeddings, texts, teacher.Labels, TaskKind.SingleLabel);
        using Student student = blueprint.Build(4, CPU);
        student.Save(_folder["student"]);
        ExportResult result = Export("student", texts);
        Assert.Equal(872, result.Texts);
        Assert.InRange(result.LargestDifference, 0, Tolerances.SameArithmeticOtherOrder);
    }

    [Theory]
    [InlineData(0.5f)]
    [InlineData(float.NaN)]
    public void An_export_that_answers_otherwise_is_not_kept(float off)
    {
        using var scope = NewDisposeScope();
        using TextCnn student = TextCnnTests.Make(new StudentOptions { Windows = [2], Filters = 3, EmbeddingWidth = 4, NgramBuckets = 0 });
        student.eval();
        int[][] ids = [[1, 2, 3], [4], [5, 6]];
        float[] logits = TextCnnTests.Logits(student, ids);
        logits[4] += off; // of the second text
        OnnxModel model = StudentGraph.Build(StudentSource.Describe(student));
        var source = new ExportSource(model, ["first", "second", "third"], ids, logits, Tolerance: 1e-4);
        _folder.Write("model.onnx", "an older model");
        var error = Assert.Throws<RetortException>(
            () => OnnxExport.Write(source, _folder["model.onnx"], null, CancellationToken.None));
        Assert.Contains("'second'", error.Message, StringComparison.Ordinal);
        Assert.Contains(float.IsNaN(off) ? "NaN away" : "5.0e-1 away", error.Message, StringComparison.Ordinal);
        Assert.Contains("expected at most 1e-4", error.Message, StringComparison.Ordinal);
        Assert.Equal("an older model", File.ReadAllText(_folder["model.onnx"]));
        Assert.Single(Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public void At_most_a_thousand_texts_are_compared()
    {
        Save(1);
        string[] texts = Enumerable.Range(0, 1200).Select(k => k < OnnxExport.MostTexts ? "a good film" : "never").ToArray();
        Assert.Equal(1000, Export("student", texts).Texts);
    }

    [Fact]
    public void What_cannot_be_exported_is_refused()
    {
        Save(1);
        Assert.Contains("no model in", Assert.Throws<UsageException>(() => Export("nothing")).Message, StringComparison.Ordinal);
        Assert.Contains("no text", Assert.Throws<UsageException>(() => Export("student", [])).Message, StringComparison.Ordinal);
        Directory.CreateDirectory(_folder["student.onnx"]);
        Assert.Contains("is a folder", Assert.Throws<UsageException>(() => Export("student")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_no_model_is_refused()
    {
        string file = _folder.Write("model.onnx", "no model");
        Assert.Contains(file, Assert.Throws<InvalidDataException>(() => OnnxClassifier.Load(file)).Message, StringComparison.Ordinal);
    }

    private static string[] RealTexts() =>
        CorpusReader.ReadUnlabelled(TestPaths.Data("sst2_glue", "dev.tsv"), new DataOptions())
            .Samples.Select(sample => sample.Text).ToArray();

    private static Teacher RealTeacher() => Teacher.FromEncoder(TestPaths.Model("minilm"), new LabelSet(["bad", "good"]),
        TaskKind.SingleLabel, new TeachOptions { Seed = 3 }, CPU);

    private ExportResult Export(string name, IReadOnlyList<string>? texts = null) => OnnxExport.Run(
        _folder[name], _folder[$"{name}.onnx"], texts ?? ParityTexts.BuiltIn, CPU, progress: new Watcher(Progress.Add), cancellation: TestContext.Current.CancellationToken);

    private void Save(double temperature)
    {
        var options = new StudentOptions { Filters = 6, EmbeddingWidth = 8, NgramBuckets = 64, NgramWidth = 4, Embeddings = "random" };
        using StudentBlueprint blueprint = StudentBlueprint.Draw(options, StudentTests.Teacher(), null,
            ["a good film", "a bad film", "never"], new LabelSet(["bad", "good"]), TaskKind.SingleLabel);
        using Student student = blueprint.Build(1, CPU);
        student.Temperature = temperature;
        student.Save(_folder["student"]);
    }
}
