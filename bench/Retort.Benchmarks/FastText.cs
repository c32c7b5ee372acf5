using System.Diagnostics;
using System.Globalization;

namespace Retort.Benchmarks;

/// <summary>
/// Debian's fastText as a process. Its time for a text is that of predicting a file of many copies of the test set, less that of
/// an empty file, so that starting and loading do not count.
/// </summary>
internal sealed class FastText(string folder, BenchCorpus corpus)
{
    /// <summary>What stands before a label in its files.</summary>
    internal const string Mark = "__label__";

    private const int Copies = 50;

    private readonly string _model = Path.Combine(folder, "fasttext");
    private readonly string _many = Path.Combine(folder, "fasttext-many.txt"), _none = Path.Combine(folder, "fasttext-none.txt");

    /// <summary>Trains with words and their bigrams, and returns the accuracy on test.</summary>
    public double Train()
    {
        string trainFile = Path.Combine(folder, "fasttext-train.txt"), testFile = Path.Combine(folder, "fasttext-test.txt");
        // It learns in the order of the file, and a file may be sorted by class.
        string[] rows = [.. Lines(corpus.TrainTexts(), corpus.TrainLabels())];
        new Random(1).Shuffle(rows);
        File.WriteAllLines(trainFile, rows);
        string[] lines = [.. Lines(corpus.TestTexts(), corpus.TestLabels())];
        File.WriteAllLines(testFile, lines);
        File.WriteAllLines(_many, Enumerable.Repeat(lines, Copies).SelectMany(copy => copy).Select(line => line[(line.IndexOf(' ') + 1)..]));
        File.WriteAllText(_none, "");
        Run("supervised", "-input", trainFile, "-output", _model, "-wordNgrams", "2", "-epoch", "10", "-lr", "0.3", "-dim", "100", "-thread", "2");
        return Precision(Run("test", _model + ".bin", testFile));
    }

    /// <summary>The accuracy in what <c>fasttext test</c> prints.</summary>
    internal static double Precision(string report) =>
        double.Parse(report.Split('\n').First(line => line.StartsWith("P@1", StringComparison.Ordinal)).Split('\t')[1], CultureInfo.InvariantCulture);

    /// <summary>Microseconds a text, one thread.</summary>
    public double TimeOnce()
    {
        double texts = File.ReadLines(_many).Count();
        return (Seconds(_many) - Seconds(_none)) * 1e6 / texts;
    }

    private double Seconds(string file)
    {
        long begin = Stopwatch.GetTimestamp();
        Run("predict", _model + ".bin", file);
        return Stopwatch.GetElapsedTime(begin).TotalSeconds;
    }

    private IEnumerable<string> Lines(string[] texts, string[] labels) =>
        texts.Zip(labels, (text, label) => $"{Mark}{label} {corpus.Words(text)}");

    /// <summary>Runs it, and returns what it printed.</summary>
    internal static string Run(params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo("fasttext", arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        }) ?? throw new InvalidOperationException("fasttext does not start");
        process.ErrorDataReceived += (_, _) => { };
        process.BeginErrorReadLine();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? output : throw new InvalidOperationException($"fasttext {arguments[0]} failed with {process.ExitCode}");
    }
}
