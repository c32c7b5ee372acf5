using System.Diagnostics;
using System.Globalization;
using Retort.Data;
using Retort.Export;
using Retort.Signals;
using Retort.Teachers;
using Retort.Training;
using static TorchSharp.torch;

namespace Retort.Benchmarks;

/// <summary>
/// How many texts a teacher labels in a second, in libtorch and in ONNX Runtime on all processors, in turn, round after
/// round, and what share that is of the matrix products that the machine does in the same round.
/// </summary>
internal static class LabellingRuns
{
    public const int Texts = 512;

    private const int MatrixSize = 1536, Products = 8, LongestText = 128;

    public static int Run(int rounds, int texts) => PairedRuns.InFolder(work =>
    {
        set_num_threads(Environment.ProcessorCount);
        foreach (BenchCorpus corpus in BenchCorpus.All.Reverse())
            Compare(corpus, Path.Combine(work, corpus.Name), corpus.TestTexts().Take(texts).ToArray(), rounds);
    });

    private static void Compare(BenchCorpus corpus, string work, string[] texts, int rounds)
    {
        var labels = new LabelSet(["0", "1"]);
        var options = new LabelOptions();
        string bert = Path.Combine(work, "bert"), model = Path.Combine(bert, "onnx", "model.onnx");
        double flops, tokens;
        using (Teacher teacher = Teacher.FromEncoder(corpus.EncoderFolder, labels, TaskKind.SingleLabel, new TeachOptions { MaxLength = LongestText }, CPU))
        {
            teacher.Save(bert);
            int[] lengths = teacher.Encoder.EncodeAll(texts).Select(text => text.Length).ToArray();
            (tokens, flops) = (lengths.Sum(), lengths.Sum(length => Operations(teacher, length)));
        }
        Directory.CreateDirectory(Path.GetDirectoryName(model)!);
        ExportResult export = OnnxExport.Run(bert, model, texts.Take(16).ToArray(), CPU);
        using EncoderLabeller torch = EncoderLabeller.Load(bert, options, CPU), half = EncoderLabeller.Load(bert, options with { Precision = Precision.Bf16 }, CPU);
        using var onnx = OnnxLabeller.Load(OnnxTeacherFiles.Find(model)!, options, labels, TaskKind.SingleLabel, Environment.ProcessorCount);
        (string Name, ILabeller Labeller)[] contestants = [("TorchSharp", torch), ("TorchSharp, bf16", half), ("ONNX Runtime", onnx)];
        double[][] seconds = [.. contestants.Select(_ => new double[rounds])];
        double[] peaks = new double[rounds];
        foreach ((_, ILabeller labeller) in contestants)
            labeller.Label(texts[..Math.Min(texts.Length, 32)], null, CancellationToken.None);
        PeakRate();
        for (int round = 0; round < rounds; round++)
        {
            peaks[round] = PeakRate();
            for (int k = 0; k < contestants.Length; k++)
                seconds[k][round] = Seconds(() => contestants[k].Labeller.Label(texts, null, CancellationToken.None));
        }
        Print(corpus, texts.Length, tokens, flops, contestants.Select(one => one.Name).ToArray(), seconds, peaks, export.LargestDifference);
    }

    /// <summary>Multiplications and additions of the encoder's matrix products for one text.</summary>
    private static double Operations(Teacher teacher, int length)
    {
        double hidden = teacher.Config.Hidden, inner = teacher.Config.Intermediate;
        double ofToken = 4 * hidden * hidden + 2 * hidden * inner + 2 * hidden * length;
        return 2 * length * teacher.Config.Layers * ofToken;
    }

    // Operations a second of float32 matrix products that fill the machine.
    private static double PeakRate()
    {
        using var scope = NewDisposeScope();
        Tensor left = rand(MatrixSize, MatrixSize), right = rand(MatrixSize, MatrixSize);
        double seconds = Seconds(() =>
        {
            for (int k = 0; k < Products; k++)
                left.matmul(right).Dispose();
        });
        return 2.0 * MatrixSize * MatrixSize * MatrixSize * Products / seconds;
    }

    private static double Seconds(Action work)
    {
        long begin = Stopwatch.GetTimestamp();
        work();
        return Stopwatch.GetElapsedTime(begin).TotalSeconds;
    }

    private static void Print(BenchCorpus corpus, int texts, double tokens, double flops, string[] names, double[][] seconds, double[] peaks, double difference)
    {
        double peak = peaks.Max();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"\n{corpus.Encoder} with a classifier, {texts} texts of {corpus.Title}, {tokens / texts:0.0} tokens each; peak {peak / 1e9:0} GFLOP/s ({MatrixSize}³ products, rounds from {peaks.Min() / 1e9:0}); export {difference:0.0e-0} away\n\n| | texts/s | tokens/s | share of the peak | times the first's rate |\n|---|---:|---:|---:|---:|"));
        for (int k = 0; k < names.Length; k++)
        {
            double median = Median(seconds[k]);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {names[k]} | {texts / median:0.0} | {tokens / median:0} | {flops / median / peak:0.00} | {Median(seconds[0]) / median:0.00} |"));
        }
    }

    private static double Median(double[] values) => values.Order().ElementAt(values.Length / 2);
}
