using Retort.Evaluation;
using Retort.Export;
using Retort.Onnx;
using Retort.Runs;
using Retort.Runtime;
using Retort.Students;
using static TorchSharp.torch;

namespace Retort.Assessment;

/// <summary>One way to run a student, timed.</summary>
/// <param name="What">The kernel, the budget in bytes, or the threads.</param>
/// <param name="TextsPerSecond">The median over turns, from raw text.</param>
/// <param name="Ratio">Over the first of its kind, both timed in turn.</param>
public sealed record BenchTime(string What, double TextsPerSecond, double Ratio);

/// <summary>How a student runs on a machine.</summary>
/// <param name="Kernels">One thread, all tables.</param>
/// <param name="Budgets">One thread, the best kernel; the first has room for all tables.</param>
/// <param name="Threads">Batches, the best kernel, all tables.</param>
/// <param name="Engines">One text at a time on one thread: Retort, then ONNX Runtime on the same weights in float32.</param>
/// <param name="Profile">What is best.</param>
public sealed record BenchResult(IReadOnlyList<BenchTime> Kernels, IReadOnlyList<BenchTime> Budgets, IReadOnlyList<BenchTime> Threads,
    IReadOnlyList<BenchTime> Engines, TextClassifierOptions Profile);

/// <summary>Finds the kernel, the table budget and the number of threads that suit a student on this machine.</summary>
public static class StudentBench
{
    /// <summary>Texts that are classified; further ones are left out.</summary>
    public const int MostTexts = 2000;

    private const int Turns = 7;

    /// <summary>What is within this share of the fastest is as good, and the smaller budget or number of threads is taken.</summary>
    private const double AsGood = 0.95;

    private static readonly int[] Parts = [2, 4, 8, 16];

    private static readonly TimeSpan WarmUp = TimeSpan.FromMilliseconds(300), Turn = TimeSpan.FromMilliseconds(100);

    /// <summary>Times a student in all ways.</summary>
    /// <param name="folder">The student's.</param>
    /// <param name="texts">What it is to classify, at least one; the first 2,000 are.</param>
    /// <param name="progress">Told what is timed.</param>
    /// <param name="cancellation">Stops between texts.</param>
    /// <exception cref="UsageException">There is no text.</exception>
    /// <exception cref="RetortException">The folder is no student.</exception>
    public static BenchResult Run(string folder, IReadOnlyList<string> texts, IProgress<StageProgress>? progress = null, CancellationToken cancellation = default)
    {
        if (texts.Count == 0)
            throw new UsageException("there is no text to time the student on: expected at least one");
        if (!File.Exists(Path.Combine(folder, "config.json")))
            throw new UsageException($"there is no student in '{folder}': expected a folder with config.json, such as runs/NAME/student");
        texts = [.. texts.Take(MostTexts)];
        // The environment's choice is the only one then.
        bool isChosen = !string.IsNullOrEmpty(Environment.GetEnvironmentVariable(Runtime.Kernels.KernelChoice.Variable));
        string[] kernels = isChosen ? [TextClassifier.Kernel] : [.. KernelNames.OrderByDescending(name => name == TextClassifier.Kernel)];
        BenchTime[] byKernel = Race("kernels", kernels, name => Answer(new() { Kernel = name }));
        string kernel = byKernel.MaxBy(time => time.TextsPerSecond)!.What;

        long all;
        using (var whole = StudentClassifier.Load(folder))
            all = whole.RowBytes;
        long[] budgets = [all, .. Parts.Select(part => all / part)];
        BenchTime[] byBudget = Race("table budgets", budgets, bytes => Answer(new() { Kernel = kernel, MaxTableBytes = bytes }));
        int smallest = Array.FindLastIndex(byBudget, time => time.Ratio >= AsGood);

        int[] threads = [.. Enumerable.Range(0, 16).Select(power => 1 << power).TakeWhile(count => count < Environment.ProcessorCount), Environment.ProcessorCount];
        BenchTime[] byThreads = Race("threads", threads, count => Batch(new() { Kernel = kernel }, count));
        double most = byThreads.Max(time => time.TextsPerSecond);

        BenchTime[] engines = Race("ONNX Runtime", (string[])["Retort", "ONNX Runtime"], name => name == "Retort" ? Answer(new() { Kernel = kernel }) : Onnx());
        return new BenchResult(byKernel, byBudget, byThreads, engines, new TextClassifierOptions
        {
            Kernel = kernel,
            MaxTableBytes = smallest == 0 ? long.MaxValue : budgets[smallest],
            Threads = threads[Array.FindIndex(byThreads, time => time.TextsPerSecond >= AsGood * most)],
        });

        BenchTime[] Race<T>(string what, T[] ways, Func<T, Contestant> load)
        {
            progress?.Report(StageProgress.Note("bench", $"timing {what}"));
            return StudentBench.Race(ways, load, texts, cancellation);
        }

        Contestant Answer(TextClassifierOptions options)
        {
            StudentClassifier classifier = StudentClassifier.Load(folder, options);
            return new Contestant(classifier.Answer, classifier);
        }

        Contestant Batch(TextClassifierOptions options, int count)
        {
            StudentClassifier classifier = StudentClassifier.Load(folder, options);
            return new Contestant(_ => classifier.Logits(texts, count, cancellation), classifier) { TextsAtOnce = texts.Count };
        }

        Contestant Onnx()
        {
            string file = Path.Combine(Path.GetTempPath(), $"retort-bench-{Guid.NewGuid():N}.onnx");
            try
            {
                OnnxExport.Run(folder, file, texts, CPU, Compression.StoredPrecision.F32, cancellation: cancellation);
                OnnxClassifier model = OnnxClassifier.Load(file, threads: 1);
                StudentEncoder encoder = FoldedStudent.Load(folder).Encoder();
                return new Contestant(text => model.Logits([encoder.Encode(text)]), model);
            }
            finally
            {
                File.Delete(file);
            }
        }
    }

    private static IEnumerable<string> KernelNames => Runtime.Kernels.KernelChoice.All.Select(kernel => kernel.Name);

    private static BenchTime[] Race<T>(T[] ways, Func<T, Contestant> load, IReadOnlyList<string> texts, CancellationToken cancellation)
    {
        var contestants = new List<Contestant>();
        try
        {
            contestants.AddRange(ways.Select(load));
            double[][] rates = LatencyMeter.Race([.. contestants.Select(contestant => contestant.Classify)], texts, Turns, WarmUp, Turn, cancellation);
            return [.. ways.Select((way, k) => new BenchTime(FormattableString.Invariant($"{way}"), Median(rates[k]) * contestants[k].TextsAtOnce,
                Median([.. rates[k].Zip(rates[0], (own, first) => own / first)])))];
        }
        finally
        {
            foreach (Contestant contestant in contestants)
                contestant.Owner.Dispose();
        }
    }

    private static double Median(double[] values) => values.Order().ElementAt(values.Length / 2);

    private sealed record Contestant(Action<string> Classify, IDisposable Owner)
    {
        /// <summary>Texts that a call classifies.</summary>
        public int TextsAtOnce { get; init; } = 1;
    }
}
