using System.Globalization;
using Retort.Data;
using Retort.Metrics;

namespace Retort.Benchmarks;

/// <summary>fastText on the very rows that a student of a recipe has: copies of dev and test taken out of train, settings chosen on dev, test scored once.</summary>
internal static class FastTextBaselines
{
    private static readonly (int Ngrams, double Rate, int Epochs)[] Grid =
        [.. from ngrams in new[] { 1, 2, 3 } from rate in new[] { 0.1, 0.3, 1.0 } from epochs in new[] { 5, 15, 40 } select (ngrams, rate, epochs)];

    private static readonly int[] Seeds = [1, 2, 3, 4, 5];

    /// <summary>Prints a row of a Markdown table for each data set.</summary>
    /// <param name="names">Folders in $RETORT_DATA.</param>
    public static int Run(IReadOnlyList<string> names)
    {
        Console.WriteLine("| data | train | wordNgrams, lr, epochs (best on dev) | dev | test, 5 seeds | model |\n|---|---:|---|---:|---:|---:|");
        foreach (string name in names)
            Console.WriteLine(Row(name));
        return 0;
    }

    private static string Row(string name)
    {
        string folder = Path.Combine(Environment.GetEnvironmentVariable("RETORT_DATA") ?? throw new InvalidOperationException("RETORT_DATA is not set; expected a folder"), name);
        DataSet data = DataSet.Load(new DataOptions
        {
            Train = Path.Combine(folder, "train.tsv"),
            Dev = Path.Combine(folder, "dev.tsv"),
            Test = Path.Combine(folder, "test.tsv"),
            Leaks = LeakPolicy.Drop,
        });
        string work = Directory.CreateTempSubdirectory("retort-fasttext-").FullName;
        try
        {
            string train = Write(data.Train, Path.Combine(work, "train.txt"), shuffled: true), dev = Write(data.Dev, Path.Combine(work, "dev.txt")), test = Write(data.Test, Path.Combine(work, "test.txt"));
            ((int ngrams, double rate, int epochs), double best) = Grid.Select(setting => (setting, Score(Train(work, train, setting, seed: 1), dev))).MaxBy(scored => scored.Item2);
            string[] models = [.. Seeds.Select(seed => Train(work, train, (ngrams, rate, epochs), seed))];
            Spread spread = Spread.Of([.. models.Select(model => Score(model, test))]);
            return string.Create(CultureInfo.InvariantCulture,
                $"| {name} | {data.Train.Count:#,0} | {ngrams}, {rate}, {epochs} | {best:0.0000} | {spread.Mean:0.0000} ± {spread.Deviation:0.0000} | {new FileInfo(models[0]).Length / 1e6:0} MB |");
        }
        finally
        {
            Directory.Delete(work, recursive: true);
        }
    }

    // One thread and a seed: the same model again.
    private static string Train(string work, string train, (int Ngrams, double Rate, int Epochs) setting, int seed)
    {
        string model = Path.Combine(work, $"model-{seed}");
        FastText.Run("supervised", "-input", train, "-output", model, "-wordNgrams", Text(setting.Ngrams), "-epoch", Text(setting.Epochs), "-lr", Text(setting.Rate), "-seed", Text(seed), "-dim", "100", "-thread", "1");
        return model + ".bin";
    }

    private static double Score(string model, string file) => FastText.Precision(FastText.Run("test", model, file));

    private static string Write(Corpus corpus, string file, bool shuffled = false)
    {
        string[] lines = [.. corpus.Samples.Select(sample => $"__label__{sample.Label} {Words(sample.Text)}")];
        // It learns in the order of the file, and a file may be sorted by class.
        if (shuffled)
            new Random(1).Shuffle(lines);
        File.WriteAllLines(file, lines);
        return file;
    }

    /// <summary>Words in lower case, punctuation apart; of Chinese, characters.</summary>
    private static string Words(string text) => string.Concat(text.EnumerateRunes().Select(rune => rune.Value >= 0x2E80 || System.Text.Rune.IsPunctuation(rune) || System.Text.Rune.IsSymbol(rune)
        ? $" {rune} " : System.Text.Rune.ToLowerInvariant(rune).ToString())).ReplaceLineEndings(" ");

    private static string Text(IFormattable number) => number.ToString(null, CultureInfo.InvariantCulture);
}
