using System.Diagnostics;
using System.Globalization;
using Retort.Runtime;
using Retort.Runtime.Text;

namespace Retort.Benchmarks;

/// <summary>What a student costs before and between its answers, each time in a process of its own.</summary>
internal static class Loading
{
    private const int Texts = 2000;

    /// <summary>
    /// Loads a student, answers, and prints "milliseconds to the first answer, MB of the process before, MB after": of one line.
    /// </summary>
    public static int Load(string folder, string texts, long maxTableBytes, bool foldAtLoad) => Measure(texts, lines =>
    {
        TextClassifier classifier = TextClassifier.Load(folder, new() { MaxTableBytes = maxTableBytes, FoldAtLoad = foldAtLoad });
        return (classifier, k => classifier.Classify(lines[k]));
    });

    /// <summary>The same of an ONNX file in ONNX Runtime; a student's folder reads the texts.</summary>
    public static int LoadOnnx(string file, string folder, string texts) => Measure(texts, lines =>
    {
        var session = new OnnxSession(file);
        int[][] ids = BenchCorpus.Encode(WordPieceTokenizer.Load(folder), lines, session.MaxLength);
        return (session, k => session.Run(ids[k]));
    });

    private static int Measure(string texts, Func<string[], (IDisposable Model, Action<int> Answer)> load)
    {
        string[] lines = File.ReadAllLines(texts);
        double before = ResidentMegabytes();
        long begin = Stopwatch.GetTimestamp();
        (IDisposable model, Action<int> answer) = load(lines);
        using IDisposable loaded = model;
        answer(0);
        double first = Stopwatch.GetElapsedTime(begin).TotalMilliseconds;
        for (int k = 0; k < lines.Length; k++)
            answer(k);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{first} {before} {ResidentMegabytes()}"));
        return 0;
    }

    /// <summary>MB that a model adds to a process, its engine included, once it has answered: the median of processes.</summary>
    /// <param name="model">A student's folder, or an ONNX file.</param>
    /// <param name="texts">A file with a text a line.</param>
    /// <param name="rounds">Processes.</param>
    /// <param name="folder">The student whose tokenizer an ONNX file needs.</param>
    public static double Memory(string model, string texts, int rounds, string? folder = null)
    {
        double[] added = [.. Enumerable.Range(0, rounds)
            .Select(_ => folder is null ? Child(model, texts, long.MaxValue, false) : Child("load-onnx", model, folder, texts))
            .Select(run => run[2] - run[1]).Order()];
        return added[rounds / 2];
    }

    /// <summary>Prints one row for each way to load.</summary>
    public static void Compare(string folder, IEnumerable<string> texts, string work, int rounds)
    {
        string file = Path.Combine(work, "load.txt");
        File.WriteAllLines(file, texts.Take(Texts));
        Console.WriteLine("\n| loaded | load and first answer, ms | process before, MB | after 2,000 answers, MB |\n|---|---:|---:|---:|");
        Row("lazily, no limit", long.MaxValue, false);
        Row("all folded, no limit", long.MaxValue, true);
        Row("all folded, MaxTableBytes 16 MB", 16_000_000, true);

        void Row(string name, long maxTableBytes, bool foldAtLoad)
        {
            double[][] runs = [.. Enumerable.Range(0, rounds).Select(_ => Child(folder, file, maxTableBytes, foldAtLoad))];
            double[] medians = [.. Enumerable.Range(0, 3).Select(k => runs.Select(run => run[k]).Order().ElementAt(rounds / 2))];
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {name} | {medians[0]:0} | {medians[1]:0.0} | {medians[2]:0.0} |"));
        }
    }

    private static double[] Child(string folder, string file, long maxTableBytes, bool foldAtLoad) =>
        Child("load", folder, file, maxTableBytes.ToString(CultureInfo.InvariantCulture), foldAtLoad ? "all" : "lazily");

    private static double[] Child(params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, [typeof(Loading).Assembly.Location, .. arguments]) { RedirectStandardOutput = true })!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? [.. output.Split(' ').Select(number => double.Parse(number, CultureInfo.InvariantCulture))]
            : throw new InvalidOperationException($"{string.Join(' ', arguments)} failed with {process.ExitCode}");
    }

    private static double ResidentMegabytes()
    {
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        return Environment.WorkingSet / 1e6;
    }
}
