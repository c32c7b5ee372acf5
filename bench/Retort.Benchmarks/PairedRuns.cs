using System.Globalization;
using System.Runtime.InteropServices;
using Retort.Runtime;
using Retort.Runtime.Kernels;
using Retort.Runtime.Model;
using Retort.Runtime.Text;

namespace Retort.Benchmarks;

/// <summary>The comparisons that docs/runtime.md shows, each with all its contestants in one process and on one thread.</summary>
internal static class PairedRuns
{
    private const int Slow = 100;

    public static int Run(string[] args)
    {
        int rounds = args is [string count, ..] ? int.Parse(count, CultureInfo.InvariantCulture) : 7;
        string work = Directory.CreateTempSubdirectory("retort-bench-").FullName;
        try
        {
            Console.WriteLine($"{RuntimeInformation.FrameworkDescription}, {RuntimeInformation.OSDescription}, kernel {TextClassifier.Kernel}");
            Compare(work, rounds, "THUCNews headlines", "zh-bert-base", "thucnews10", BySpaces);
            Compare(work, rounds, "SST-2 sentences", "minilm", "sst2_glue", text => text);
            return 0;
        }
        finally
        {
            Directory.Delete(work, recursive: true);
        }
    }

    private static void Compare(string work, int rounds, string title, string encoder, string corpus, Func<string, string> words)
    {
        string model = Path.Combine(Folder("RETORT_MODELS"), encoder), data = Path.Combine(Folder("RETORT_DATA"), corpus);
        string[] train = Texts(Path.Combine(data, "train.tsv")), test = Texts(Path.Combine(data, "test.tsv"));
        var teacher = WordPieceTokenizer.Load(model);
        Paired.Print(Console.Out, $"Tokenizers, {title}", Paired.Run(Tokenizers(teacher, Path.Combine(model, "vocab.txt"), test), rounds));
        string[] tokens = [.. MadeStudent.ByFrequency(teacher, train)];
        using OnnxSession bert = OnnxSession.OfEncoder(model, Path.Combine(work, $"{corpus}.onnx"), MadeStudent.Reference.Classes);
        var fastText = new FastText(work, Path.Combine(data, "train.tsv"), Path.Combine(data, "test.tsv"));
        double accuracy = fastText.Train(words);
        foreach ((string name, StudentShape shape) in new[] { ("reference", MadeStudent.Reference), ("default", MadeStudent.Default) })
        {
            string folder = MadeStudent.Write(Path.Combine(work, corpus, name), shape, tokens);
            using OnnxSession student = OnnxSession.OfStudent(folder, Path.Combine(work, $"{corpus}-{name}.onnx"));
            List<Contestant> contestants = Kernels(folder, test);
            int[][] ids = Encode(folder, test), teacherIds = [.. test.Take(Slow).Select(text => Ids(teacher, text))];
            contestants.Add(new("the same student in ONNX Runtime, F32, from tokens", k => student.Run(ids[k]), 10 * Slow));
            contestants.Add(new($"{encoder} in ONNX Runtime, F32, from tokens", k => bert.Run(teacherIds[k]), Slow / 2));
            Paired.Print(Console.Out, $"{name} student, {title}", Paired.Run(contestants, rounds));
            CompareFastText(folder, test, fastText, accuracy, rounds);
        }
    }

    // Process against process: round by round, one after the other.
    private static void CompareFastText(string folder, string[] texts, FastText fastText, double accuracy, int rounds)
    {
        using TextClassifier classifier = TextClassifier.Load(folder);
        var ours = new Contestant("Retort", k => classifier.Classify(texts[k]), texts.Length);
        double[] ratios = [.. Enumerable.Range(0, rounds).Select(_ => fastText.TimeOnce() / Paired.Run([ours], 1)[0].Mean).Order()];
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"\nfastText (wordNgrams 2, accuracy {accuracy:0.0000}) takes {ratios[rounds / 2]:0.00} times as long from raw text; rounds from {ratios[0]:0.00} to {ratios[^1]:0.00}"));
    }

    private static List<Contestant> Tokenizers(WordPieceTokenizer tokenizer, string vocabulary, string[] texts)
    {
        var other = Microsoft.ML.Tokenizers.BertTokenizer.Create(vocabulary);
        byte[][] utf8 = [.. texts.Select(System.Text.Encoding.UTF8.GetBytes)];
        return
        [
            new("Retort", k => Count(texts[k]), texts.Length),
            new("Retort, UTF-8", k => CountUtf8(utf8[k]), texts.Length),
            new("Microsoft.ML.Tokenizers 2.0.1, BertTokenizer", k => other.EncodeToIds(texts[k]), texts.Length),
        ];

        void Count(string text)
        {
            var sink = new CountingSink();
            tokenizer.Encode(text, ref sink);
        }

        void CountUtf8(byte[] text)
        {
            var sink = new CountingSink();
            tokenizer.EncodeUtf8(text, ref sink);
        }
    }

    private struct CountingSink : ITokenSink
    {
        private int _sum;

        public bool Add(int id, int start, int end)
        {
            _sum += id;
            return true;
        }
    }

    private static List<Contestant> Kernels(string folder, string[] texts)
    {
        var contestants = new List<Contestant>();
        foreach (ConvolutionKernel kernel in KernelChoice.All)
        {
            TextClassifier classifier = TextClassifier.Load(folder, new TextClassifierOptions { FoldAtLoad = true }, kernel);
            int[][] ids = Encode(folder, texts);
            using StudentFiles files = StudentFiles.Open(folder);
            var core = StudentCore.Read(files, new TextClassifierOptions { FoldAtLoad = true }, kernel);
            int count = kernel is ScalarKernel ? 200 : texts.Length;
            contestants.Add(new Contestant($"{kernel.Name}, from tokens", Model(core, ids), count));
            contestants.Add(new Contestant($"{kernel.Name}, from raw text", k => classifier.Classify(texts[k]), count));
        }
        return contestants;
    }

    private static Action<int> Model(StudentCore core, int[][] ids)
    {
        var pass = new TextPass(core);
        return k =>
        {
            pass.Begin();
            foreach (int id in ids[k])
                pass.Add(id);
            pass.End();
        };
    }

    private static int[][] Encode(string folder, string[] texts)
    {
        WordPieceTokenizer tokenizer = WordPieceTokenizer.Load(folder);
        return [.. texts.Select(text => Ids(tokenizer, text))];
    }

    private static int[] Ids(WordPieceTokenizer tokenizer, string text)
    {
        var tokens = new List<Token>();
        tokenizer.Encode(text, tokens);
        return tokens.ConvertAll(token => token.Id).ToArray();
    }

    // fastText reads words; a Chinese headline's are its characters.
    private static string BySpaces(string text) => string.Join(' ', text.EnumerateRunes());

    private static string[] Texts(string file) => [.. File.ReadLines(file).Skip(1).Select(line => line.Split('\t')[0])];

    private static string Folder(string variable) => Environment.GetEnvironmentVariable(variable) is { Length: > 0 } folder
        ? folder : throw new InvalidOperationException($"{variable} is not set; expected a folder");
}
