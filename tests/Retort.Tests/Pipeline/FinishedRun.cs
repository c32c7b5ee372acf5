using Retort.Baselines;
using Retort.Data;
using Retort.Pipeline;
using Retort.Reports;
using Retort.Signals;
using Retort.Teachers;
using Retort.Teachers.Sources;
using Retort.Tests.Distillation;
using Retort.Tests.Teachers;
using Retort.Training;

namespace Retort.Tests.Pipeline;

/// <summary>One whole run of a tiny BERT on a corpus of a few words, made once for all tests that look at it or work on a copy.</summary>
public sealed class FinishedRun : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public FinishedRun()
    {
        TinyBert.Write(Encoder);
        Directory.CreateDirectory(_folder["data"]);
        File.WriteAllText(_folder["data/train.tsv"], Rows(0, 60));
        File.WriteAllText(_folder["data/dev.tsv"], Rows(60, 24));
        File.WriteAllText(_folder["data/test.tsv"], Rows(84, 30));
        Result = Run(Recipe, Stage.Evaluate, command: "retort run tiny.yaml", messages: Messages);
    }

    /// <summary>The folder of the encoder.</summary>
    public string Encoder => _folder["encoder"];

    /// <summary>A file of the corpus: train.tsv, dev.tsv or test.tsv.</summary>
    public string Data(string file) => _folder[$"data/{file}"];

    public RunResult Result { get; }

    /// <summary>What it reported.</summary>
    public IList<string> Messages { get; } = [];

    public Recipe Recipe => new()
    {
        Name = "tiny",
        Runs = _folder["runs"],
        Results = _folder["results.csv"],
        Data = new DataOptions { Train = Data("train.tsv"), Dev = Data("dev.tsv"), Test = Data("test.tsv") },
        Teacher = new TeachOptions
        {
            Encoder = Encoder,
            MaxLength = 12,
            Epochs = 10,
            BatchSize = 8,
            LearningRate = 5e-3,
            Dropout = 0,
        },
        Labelling = new LabelOptions { BatchTokens = 256, ShardSize = 50 },
        Student = ToyCorpus.Student with { Embeddings = "teacher" },
        Distillation = ToyCorpus.Options with { Seeds = [1, 2], Epochs = 6 },
        Baseline = new BaselineOptions { Linear = false },
        Report = new ReportOptions { LatencySeconds = 0.05 },
        Machine = new MachineOptions { Device = DeviceChoice.Cpu, Threads = 1 },
    };

    /// <summary>The same recipe on a copy of the finished run, to go on with.</summary>
    internal Recipe CopyTo(TemporaryFolder folder)
    {
        string target = folder["tiny"];
        foreach (string file in Directory.GetFiles(Result.Folder, "*", SearchOption.AllDirectories))
        {
            string copy = Path.Combine(target, Path.GetRelativePath(Result.Folder, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }
        return Recipe with { Runs = folder.Path, Results = "" };
    }

    /// <summary>Runs a recipe and keeps the messages.</summary>
    public static RunResult Run(Recipe recipe, Stage to, Stage? from = null, string command = "", ICollection<string>? messages = null) =>
        RunPipeline.Run(recipe, new SourceOptions { Offline = true }, to, from, command, new Watcher(report =>
        {
            if (report.Message is { } message)
                messages?.Add(message);
        }), TestContext.Current.CancellationToken);

    public void Dispose() => _folder.Dispose();

    private static string Rows(int start, int count) => "text\tlabel\n" + string.Concat(Enumerable.Range(start, count)
        .Select(k => $"{ToyCorpus.Text(k)}\t{ToyCorpus.Labels[ToyCorpus.Class(k)]}\n"));
}

/// <summary>The tests that share the finished run.</summary>
[CollectionDefinition(Name)]
public sealed class FinishedRunTests : ICollectionFixture<FinishedRun>
{
    public const string Name = "finished run";
}
