using System.Diagnostics;
using System.Globalization;
using Retort.Data;
using Retort.Evaluation;
using Retort.Metrics;
using Retort.Pipeline;

namespace Retort.Benchmarks;

/// <summary>
/// fastText on the very rows that a student of a recipe has: copies of dev and test taken out of train, settings chosen on dev, then five seeds, each a line of the recipe's results file.
/// </summary>
internal static class FastTextBaselines
{
    private static readonly (int Ngrams, double Rate, int Epochs)[] Grid =
        [.. from ngrams in new[] { 1, 2, 3 } from rate in new[] { 0.1, 0.3, 1.0 } from epochs in new[] { 5, 15, 40 } select (ngrams, rate, epochs)];

    private static readonly int[] Seeds = [1, 2, 3, 4, 5];

    /// <summary>Measures one recipe after the other.</summary>
    /// <param name="recipes">Files.</param>
    public static int Run(IReadOnlyList<string> recipes)
    {
        foreach (string recipe in recipes)
            Measure(Recipe.Load(recipe), recipe);
        return 0;
    }

    private static void Measure(Recipe recipe, string file)
    {
        ResultsLog log = ResultsLog.Open(recipe.Results);
        DataSet data = DataSet.Load(recipe.Data);
        string work = Directory.CreateTempSubdirectory("retort-fasttext-").FullName;
        try
        {
            string train = Write(data.Train, Path.Combine(work, "train.txt"), shuffled: true), dev = Write(data.Dev, Path.Combine(work, "dev.txt")), test = Write(data.Test, Path.Combine(work, "test.txt"));
            ((int ngrams, double rate, int epochs), double best) = Grid.Select(setting => (setting, Score(Train(work, train, setting, seed: 1), data.Dev, dev).Accuracy)).MaxBy(scored => scored.Accuracy);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{recipe.Name}: best on dev with wordNgrams {ngrams}, lr {rate}, {epochs} epochs: {best:0.0000}"));
            foreach (int seed in Seeds)
            {
                long begin = Stopwatch.GetTimestamp();
                string model = Train(work, train, (ngrams, rate, epochs), seed);
                TimeSpan trained = Stopwatch.GetElapsedTime(begin);
                ConfusionMatrix onDev = Score(model, data.Dev, dev), onTest = Score(model, data.Test, test);
                var line = new ResultsLine
                {
                    Date = DateTimeOffset.UtcNow,
                    Task = recipe.Name,
                    Role = Role.FastText,
                    Settings = ResultsSettings.Format([new("epoch", Text(epochs)), new("lr", Text(rate)), new("wordNgrams", Text(ngrams))]),
                    Seed = seed,
                    Commit = Origin.Commit(Environment.CurrentDirectory),
                    Texts = data.Train.Count,
                    Seconds = trained.TotalSeconds,
                    DevAccuracy = onDev.Accuracy,
                    DevMacroF1 = onDev.MacroF1,
                    TestAccuracy = onTest.Accuracy,
                    TestMacroF1 = onTest.MacroF1,
                    Bytes = new FileInfo(model).Length,
                    Cpu = Origin.Cpu(),
                    Command = $"dotnet run -c Release --project bench/Retort.Benchmarks -- fasttext {file}",
                };
                log.Append(line);
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"seed {seed}: dev {line.DevAccuracy:0.0000}, test {line.TestAccuracy:0.0000}"));
            }
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

    // What it prints itself has three digits.
    private static ConfusionMatrix Score(string model, Corpus corpus, string file)
    {
        string[] answers = FastText.Run("predict", model, file).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        return ConfusionMatrix.Of([.. corpus.Samples.Select(sample => sample.Label)], [.. answers.Select(answer => int.Parse(answer.AsSpan(FastText.Mark.Length), CultureInfo.InvariantCulture))], corpus.Labels.Count);
    }

    private static string Write(Corpus corpus, string file, bool shuffled = false)
    {
        string[] lines = [.. corpus.Samples.Select(sample => $"{FastText.Mark}{sample.Label} {Words(sample.Text)}")];
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
