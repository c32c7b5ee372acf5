using System.Diagnostics;
using Retort.Benchmarks;
using Retort.Runtime;
using Retort.Runtime.Model;
using Retort.Runtime.Kernels;
using Retort.Runtime.Text;

string models = Environment.GetEnvironmentVariable("RETORT_MODELS")!, data = Environment.GetEnvironmentVariable("RETORT_DATA")!;
string folder = Directory.CreateTempSubdirectory("bench-").FullName;
var reference = new StudentShape { VocabularySize = 21000, Classes = 10, EmbeddingWidth = 300, Windows = [2, 3, 4], Filters = 256, Activation = Activation.Relu, Pooling = Pooling.Max };
var recipe = new StudentShape { VocabularySize = 21000, Classes = 2, EmbeddingWidth = 100, Windows = [3, 4, 5], Filters = 128, Activation = Activation.Gated, Pooling = Pooling.Max, NgramBuckets = 131072, NgramWidth = 32 };
string[] texts = File.ReadLines(Path.Combine(data, "thucnews10/test.tsv")).Skip(1).Select(l => l.Split('\t')[0]).ToArray();
foreach ((string name, StudentShape shape) in new[] { ("reference", reference), ("recipe", recipe) })
{
    string student = MadeStudent.Write(Path.Combine(folder, name), shape, Path.Combine(models, "zh-bert-base/vocab.txt"));
    if (args.Length > 1) texts = [.. Enumerable.Range(0, 10000).Select(k => texts[k % int.Parse(args[1])])];
    foreach (ConvolutionKernel kernel in KernelChoice.All.Skip(1).Take(1))
    {
        var clock = Stopwatch.StartNew();
        using var classifier = TextClassifier.Load(student, new TextClassifierOptions { FoldAtLoad = true }, kernel);
        double load = clock.Elapsed.TotalMilliseconds;
        var tokenizer = new WordPieceTokenizer(Vocabulary.Load(Path.Combine(student, "vocab.txt")));
        using var files = StudentFiles.Open(student);
        var core = StudentCore.Read(files, new TextClassifierOptions { FoldAtLoad = true }, kernel);
        var pass = new TextPass(core);
        int[][] ids = texts.Select(t => { var l = new List<Token>(); tokenizer.Encode(t, l); return l.Select(x => x.Id).ToArray(); }).ToArray();
        float[] logits = new float[shape.Classes];
        double model = double.MaxValue, whole = double.MaxValue, cut = double.MaxValue;
        var list = new List<Token>();
        for (int round = 0; round < (args.Length > 2 ? int.Parse(args[2]) : 12); round++)
        {
            clock.Restart();
            foreach (int[] each in ids) { pass.Begin(); foreach (int id in each) pass.Add(id); pass.End(logits); }
            model = Math.Min(model, clock.Elapsed.TotalMicroseconds / texts.Length);
            clock.Restart();
            foreach (string text in texts) classifier.Classify(text);
            whole = Math.Min(whole, clock.Elapsed.TotalMicroseconds / texts.Length);
            clock.Restart();
            foreach (string text in texts) { list.Clear(); tokenizer.Encode(text, list); }
            cut = Math.Min(cut, clock.Elapsed.TotalMicroseconds / texts.Length);
        }
        Console.WriteLine($"{name} {kernel.Name}: load {load:0} ms, model {model:0.00} µs, tokenizer {cut:0.00} µs, end to end {whole:0.00} µs; {ids.Average(x => x.Length):0.0} tokens");
    }
}
Directory.Delete(folder, true);
