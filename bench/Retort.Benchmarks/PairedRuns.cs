using System.Globalization;
using System.Runtime.InteropServices;
using Retort.Runtime;
using Retort.Runtime.Model;
using Retort.Runtime.Text;

namespace Retort.Benchmarks;

/// <summary>The comparisons that docs/runtime.md shows, each with all its contestants in one process and on one thread.</summary>
internal static class PairedRuns
{
    private const int TokensOfAText = 20, ManyTexts = 2000;

    /// <summary>Students of random weights: how fast a shape is.</summary>
    public static int Made(int rounds) => InFolder(work =>
    {
        foreach (BenchCorpus corpus in BenchCorpus.All)
        {
            var teacher = WordPieceTokenizer.Load(corpus.EncoderFolder);
            string[] test = corpus.TestTexts();
            Paired.Print(Console.Out, $"Tokenizers, {corpus.Title}",
                Paired.Run([.. Contestants.Tokenizers(teacher, Path.Combine(corpus.EncoderFolder, "vocab.txt"), test)], rounds));
            string[] tokens = [.. MadeStudent.ByFrequency(corpus)];
            var fastText = new FastText(work, corpus);
            fastText.Train();
            foreach ((string name, StudentShape shape) in new[] { ("reference", MadeStudent.Reference), ("default", MadeStudent.Default) })
            {
                string folder = MadeStudent.Write(Path.Combine(work, corpus.Name, name), shape, tokens);
                Compare(work, rounds, $"{name} student, {corpus.Title}", corpus, folder, test);
                CompareFastText(folder, test, fastText, rounds);
                Threads.Compare(name, folder, test, rounds);
                if (corpus == BenchCorpus.Headlines)
                    Loading.Compare(folder, test, work, rounds);
            }
        }
    });

    /// <summary>A student that was distilled: its quality beside its speed.</summary>
    public static int Trained(string folder, string name, int rounds) => InFolder(work =>
    {
        BenchCorpus corpus = BenchCorpus.Named(name);
        string[] test = corpus.TestTexts();
        Quality.Print(folder, corpus);
        Compare(work, rounds, $"distilled student, {corpus.Title}", corpus, folder, test);
        var fastText = new FastText(work, corpus);
        double accuracy = fastText.Train();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"\nfastText, wordNgrams 2: test accuracy {accuracy:0.0000}"));
        CompareFastText(folder, test, fastText, rounds);
    });

    /// <summary>Says what the machine is, and gives a folder that is gone afterwards.</summary>
    public static int InFolder(Action<string> run)
    {
        string work = Directory.CreateTempSubdirectory("retort-bench-").FullName;
        try
        {
            Console.WriteLine($"{Processor()}, {Environment.ProcessorCount} processors; {RuntimeInformation.FrameworkDescription}, {RuntimeInformation.OSDescription}; ONNX Runtime {OnnxSession.Version}, libtorch {TorchSharp.torch.__version__}; kernel {TextClassifier.Kernel}");
            run(work);
            return 0;
        }
        finally
        {
            Directory.Delete(work, recursive: true);
        }
    }

    private static void Compare(string work, int rounds, string title, BenchCorpus corpus, string folder, string[] test)
    {
        WordPieceTokenizer own = WordPieceTokenizer.Load(folder), teachers = WordPieceTokenizer.Load(corpus.EncoderFolder);
        int[][] twenty = [.. BenchCorpus.Encode(own, test).SelectMany(ids => ids).Chunk(TokensOfAText).Take(ManyTexts)];
        using OnnxSession onnx = OnnxSession.OfStudent(folder, Path.Combine(work, "student.onnx"));
        using OnnxSession bert = OnnxSession.OfEncoder(corpus.EncoderFolder, Path.Combine(work, "teacher.onnx"), classes: 2);
        using var torch = new TorchStudent(folder);
        Paired.Print(Console.Out, $"From {TokensOfAText} tokens, {title}", Paired.Run([.. Contestants.FromTokens(folder, twenty, onnx, torch)], rounds));
        Paired.Print(Console.Out, $"From raw text, {title}", Paired.Run([.. Contestants.FromText(folder, test),
            Contestants.Teacher(corpus.Encoder, bert, BenchCorpus.Encode(teachers, test.Take(100)))], rounds));
    }

    // Process against process: round by round, one after the other.
    private static void CompareFastText(string folder, string[] texts, FastText fastText, int rounds)
    {
        using TextClassifier classifier = TextClassifier.Load(folder);
        var ours = new Contestant("Retort", k => classifier.Classify(texts[k]), texts.Length);
        double[] ratios = [.. Enumerable.Range(0, rounds).Select(_ => fastText.TimeOnce() / Paired.Run([ours], 1)[0].Mean).Order()];
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"\nfrom raw text fastText (wordNgrams 2) takes {ratios[rounds / 2]:0.00} times as long as Retort INT8; rounds from {ratios[0]:0.00} to {ratios[^1]:0.00}"));
    }

    private static string Processor() => File.Exists("/proc/cpuinfo")
        ? File.ReadLines("/proc/cpuinfo").First(line => line.StartsWith("model name", StringComparison.Ordinal)).Split(':')[1].Trim()
        : RuntimeInformation.ProcessArchitecture.ToString();
}
