using System.Globalization;
using Retort.Runtime;
using Retort.Runtime.Kernels;
using Retort.Runtime.Model;
using Retort.Runtime.Text;

namespace Retort.Benchmarks;

/// <summary>The comparisons that docs/runtime.md shows, each with all its contestants in one process.</summary>
internal static class PairedRuns
{
    public static int Run(string[] args)
    {
        int rounds = args is [string count, ..] ? int.Parse(count, CultureInfo.InvariantCulture) : 7;
        string models = Folder("RETORT_MODELS"), data = Folder("RETORT_DATA");
        string work = Directory.CreateTempSubdirectory("retort-bench-").FullName;
        try
        {
            var tokenizer = WordPieceTokenizer.Load(Path.Combine(models, "zh-bert-base"));
            string[] train = Texts(Path.Combine(data, "thucnews10", "train.tsv")), test = Texts(Path.Combine(data, "thucnews10", "test.tsv"));
            string[] tokens = [.. MadeStudent.ByFrequency(tokenizer, train)];
            foreach ((string name, StudentShape shape) in new[] { ("reference", MadeStudent.Reference), ("default", MadeStudent.Default) })
            {
                string folder = MadeStudent.Write(Path.Combine(work, name), shape, tokens);
                Paired.Print(Console.Out, $"{name} student, THUCNews headlines", Paired.Run(Kernels(folder, test), rounds));
            }
            return 0;
        }
        finally
        {
            Directory.Delete(work, recursive: true);
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
        float[] logits = new float[core.Classifier.Outputs];
        return k =>
        {
            pass.Begin();
            foreach (int id in ids[k])
                pass.Add(id);
            pass.End(logits);
        };
    }

    private static int[][] Encode(string folder, string[] texts)
    {
        WordPieceTokenizer tokenizer = WordPieceTokenizer.Load(folder);
        return [.. texts.Select(text =>
        {
            var tokens = new List<Token>();
            tokenizer.Encode(text, tokens);
            return tokens.ConvertAll(token => token.Id).ToArray();
        })];
    }

    private static string[] Texts(string file) => [.. File.ReadLines(file).Skip(1).Select(line => line.Split('\t')[0])];

    private static string Folder(string variable) => Environment.GetEnvironmentVariable(variable) is { Length: > 0 } folder
        ? folder : throw new InvalidOperationException($"{variable} is not set; expected a folder");
}
