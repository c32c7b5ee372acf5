using System.Globalization;
using Retort.Compression;
using Retort.Export;
using Retort.Runtime;
using Retort.Runtime.Model;
using Retort.Runtime.Text;
using static TorchSharp.torch;

namespace Retort.Benchmarks;

/// <summary>Students of one task, such as one and what was made of it, each in Retort and, exported, in ONNX Runtime.</summary>
internal static class StudentsCompared
{
    private const int MostTexts = 2000, OfOnnx = 300;

    private static readonly (string Name, StoredPrecision Precision)[] Exports = [("F32", StoredPrecision.F32), ("INT8", StoredPrecision.Int8)];

    /// <summary>Times the students in turn, measures the memory of each in a process of its own, and prints a row for each.</summary>
    /// <param name="textFile">Texts in any format of a corpus; the first 2,000 are answered.</param>
    /// <param name="folders">The students'; ratios are over the first.</param>
    /// <param name="rounds">How often each is timed.</param>
    public static int Run(string textFile, string[] folders, int rounds) => PairedRuns.InFolder(work =>
    {
        string[] texts = [.. ParityTexts.Read(textFile, CancellationToken.None).Take(MostTexts)];
        string lines = Path.Combine(work, "texts.txt");
        File.WriteAllLines(lines, texts.Select(text => text.ReplaceLineEndings(" ")));
        set_num_threads(1);
        var students = folders.Select((folder, k) => Student.Open(folder, texts, work, k)).ToList();
        try
        {
            IReadOnlyList<Timing> times = Paired.Run([.. students.SelectMany(student => student.Contestants(texts))], rounds);
            Print(students, times.Chunk(1 + Exports.Length).ToArray(), lines, rounds);
        }
        finally
        {
            students.ForEach(student => student.Dispose());
        }
    });

    private static void Print(List<Student> students, Timing[][] times, string lines, int rounds)
    {
        Console.WriteLine($"\n| student | on disk, MB | in memory, MB | p50, µs | texts/s | speed | {string.Join(" | ", Exports.Select(export =>
            $"ONNX {export.Name} on disk, MB | in memory, MB | p50, µs | texts/s | Retort is faster by"))} |");
        Console.WriteLine($"|---|{string.Concat(Enumerable.Repeat("---:|", 5 + 5 * Exports.Length))}");
        foreach ((Student student, Timing[] timing) in students.Zip(times))
        {
            var cells = new List<string>
            {
                student.Folder, Text($"{student.Bytes / 1e6:0.00}"), Text($"{Loading.Memory(student.Folder, lines, rounds):0.0}"),
                Text($"{timing[0].P50:0.0}"), Text($"{1e6 / timing[0].Mean:#,0}"), Text($"{1 / timing[0].Ratio:0.00}×"),
            };
            foreach ((string file, Timing time) in student.Files.Zip(timing.Skip(1)))
            {
                cells.AddRange([Text($"{new FileInfo(file).Length / 1e6:0.00}"), Text($"{Loading.Memory(file, lines, rounds, student.Folder):0.0}"),
                    Text($"{time.P50:0.0}"), Text($"{1e6 / time.Mean:#,0}"), Text($"{time.Ratio / timing[0].Ratio:0}×")]);
            }
            Console.WriteLine($"| {string.Join(" | ", cells)} |");
        }
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private sealed record Student(string Folder, long Bytes, TextClassifier Classifier, int[][] Ids, string[] Files, OnnxSession[] Sessions) : IDisposable
    {
        // What is shipped: the card and the reference answers beside it are not read.
        private static readonly string[] Parts = [StudentFiles.ConfigName, StudentFiles.TensorsName, StudentFiles.VocabularyName];

        public static Student Open(string folder, string[] texts, string work, int index)
        {
            string[] files = [.. Exports.Select(export => Path.Combine(work, $"{index}-{export.Name}.onnx"))];
            foreach ((string file, (_, StoredPrecision precision)) in files.Zip(Exports))
                OnnxExport.Run(folder, file, texts, CPU, precision);
            long bytes = Parts.Sum(part => new FileInfo(Path.Combine(folder, part)).Length);
            OnnxSession[] sessions = [.. files.Select(file => new OnnxSession(file))];
            int[][] ids = BenchCorpus.Encode(WordPieceTokenizer.Load(folder), texts, sessions[0].MaxLength);
            return new Student(folder, bytes, TextClassifier.Load(folder, new() { FoldAtLoad = true }), ids, files, sessions);
        }

        public IEnumerable<Contestant> Contestants(string[] texts) =>
        [
            new(Folder, k => Classifier.Classify(texts[k]), texts.Length),
            .. Sessions.Select((session, k) => new Contestant(Files[k], text => session.Run(Ids[text]), Math.Min(OfOnnx, texts.Length))),
        ];

        public void Dispose()
        {
            Classifier.Dispose();
            foreach (OnnxSession session in Sessions)
                session.Dispose();
        }
    }
}
