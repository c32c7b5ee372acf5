using System.Diagnostics;
using Retort.Compression;
using Retort.Export;
using Retort.Onnx;
using Retort.Onnx.Schema;
using Retort.Runs;
using Retort.Runtime.Model;
using Retort.Students;
using Retort.Tests.Compression;
using Retort.Tests.Teachers;
using static TorchSharp.torch;

namespace Retort.Tests.Export;

public sealed class OnnxPrecisionTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string, StoredPrecision> Variants =>
        [.. MadeFolded.Shapes.Keys.SelectMany(shape => Enum.GetValues<StoredPrecision>().Select(precision => (shape, precision)))];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Variants))]
    public void A_student_is_exported_in_every_precision_and_answers_as_the_stored_weights_do(string shape, StoredPrecision precision)
    {
        MadeFolded.Student(MadeFolded.Shapes[shape]).Save(_folder["student"]);
        ExportResult result = Export("student", precision);
        Assert.InRange(result.LargestDifference, 0, Tolerances.SameArithmeticOtherOrder);
        FoldedStudent stored = Quantizer.Store(FoldedStudent.Load(_folder["student"]), precision);
        using Student expected = stored.ToStudent(CPU);
        using OnnxClassifier model = OnnxClassifier.Load(_folder["student.onnx"]);
        int[][] ids = expected.Encoder.EncodeAll(MadeFolded.Texts);
        float[] logits = expected.Logits(ids).Values, found = model.Logits(ids).ToArray();
        for (int k = 0; k < logits.Length; k++)
            Assert.Equal(logits[k], found[k], 1e-4);
    }

    [Fact]
    public void A_compressed_student_is_exported_as_it_is_stored()
    {
        FoldedStudent student = MadeFolded.Student(MadeFolded.Small with { EmbeddingWidth = 200, Filters = 64, NgramBuckets = 4096 });
        student.Save(_folder["plain"]);
        Quantizer.Store(student, StoredPrecision.Int8).Save(_folder["narrow"]);
        long plain = Export("plain", null).Bytes, narrow = Export("narrow", null).Bytes, half = Export("plain", StoredPrecision.F16).Bytes;
        Assert.InRange((double)narrow / plain, 0.25, 0.3);
        Assert.InRange((double)half / plain, 0.5, 0.55);
        Assert.Equal(narrow, Export("narrow", StoredPrecision.Int8).Bytes);
    }

    /// <summary>What widened a whole table at every answer made a narrow file 80 times as slow in ONNX Runtime.</summary>
    [Theory]
    [MemberData(nameof(Variants))]
    public void Of_a_table_an_answer_reads_its_rows_alone(string shape, StoredPrecision precision)
    {
        MadeFolded.Student(MadeFolded.Shapes[shape]).Save(_folder["student"]);
        Export("student", precision);
        GraphProto graph = ModelProto.Parser.ParseFrom(File.ReadAllBytes(_folder["student.onnx"])).Graph;
        string[] tables = [.. graph.Initializer.Select(constant => constant.Name).Where(name => name is StudentShape.EmbeddingWeight or StudentShape.NgramWeight)];
        Assert.Contains(StudentShape.EmbeddingWeight, tables);
        foreach (string table in tables)
            Assert.All(graph.Node.Where(node => node.Input.Contains(table)), node => Assert.Equal("Gather", node.OpType));
        // ONNX Runtime widens no constant through it when it loads a file.
        Assert.DoesNotContain(graph.Node, node => node.OpType == "DequantizeLinear");
    }

    [Fact]
    public void A_teacher_is_exported_in_half_precision_and_not_in_int8()
    {
        TinyBert.Write(_folder["teacher"], classes: 2);
        long single = Export("teacher", null).Bytes, half = Export("teacher", StoredPrecision.F16).Bytes;
        Assert.InRange((double)half / single, 0.45, 0.75);
        Assert.Contains("int8 is for students", Assert.Throws<UsageException>(() => Export("teacher", StoredPrecision.Int8)).Message, StringComparison.Ordinal);
    }

    /// <summary>Python is no part of Retort: its checker of ONNX files is an opinion that is not ours.</summary>
    [Fact]
    public void An_independent_checker_finds_nothing_wrong()
    {
        string python = FindChecker();
        TinyBert.Write(_folder["teacher"], classes: 2);
        foreach ((string name, StudentShape shape) in MadeFolded.Shapes)
        {
            MadeFolded.Student(shape).Save(_folder["student"]);
            foreach (StoredPrecision precision in Enum.GetValues<StoredPrecision>())
            {
                Export("student", precision);
                Assert.Equal("", Check(python, _folder["student.onnx"]));
            }
            Assert.NotEmpty(name);
        }
        foreach (StoredPrecision precision in new[] { StoredPrecision.F32, StoredPrecision.F16 })
        {
            Export("teacher", precision);
            Assert.Equal("", Check(python, _folder["teacher.onnx"]));
        }
        byte[] broken = File.ReadAllBytes(_folder["teacher.onnx"]);
        File.WriteAllBytes(_folder["broken.onnx"], broken[..(broken.Length / 2)]);
        Assert.NotEqual("", Check(python, _folder["broken.onnx"]));
    }

    private ExportResult Export(string name, StoredPrecision? precision) => OnnxExport.Run(_folder[name], _folder[$"{name}.onnx"],
        [.. MadeFolded.Texts, .. ParityTexts.BuiltIn], CPU, precision, cancellation: TestContext.Current.CancellationToken);

    private static string FindChecker()
    {
        foreach (string python in new[] { "/usr/bin/python3", "python3" })
        {
            if (Run(python, "-c", "import onnx") == "")
                return python;
        }
        Assert.Skip("there is no Python with the package onnx (Debian: python3-onnx)");
        return "";
    }

    private static string Check(string python, string file) => Run(python, "-c",
        "import onnx, sys; m = onnx.load(sys.argv[1]); onnx.checker.check_model(m, full_check=True); onnx.shape_inference.infer_shapes(m, strict_mode=True, data_prop=True)", file);

    /// <summary>What a program says where it fails; nothing where it does not.</summary>
    private static string Run(string program, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true, RedirectStandardOutput = true })!;
            string said = process.StandardError.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0 ? "" : $"exit code {process.ExitCode}: {said}";
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            return e.Message;
        }
    }
}
