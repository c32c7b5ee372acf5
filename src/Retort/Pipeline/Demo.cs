using Retort.Data;
using Retort.Distillation;
using Retort.Runs;
using Retort.Signals;
using Retort.Teachers;
using Retort.Training;
using Retort.Transfer;

namespace Retort.Pipeline;

/// <summary>The run of <c>retort demo</c>: a corpus from the SDK at hand, and a recipe that is through in minutes.</summary>
public static class Demo
{
    /// <summary>Sentences that stand in no documentation, for the finished student.</summary>
    public static IReadOnlyList<string> Sentences { get; } =
    [
        "Connects to the server and sends a request over the socket.",
        "Checks that the signature was made with the private key of this certificate.",
        "Blocks the caller until the other task has released the lock.",
        "Reads the next element and its attributes from the document.",
        "Removes the first item of the queue and returns it.",
    ];

    /// <summary>Writes the corpus and returns the recipe that runs on it.</summary>
    /// <param name="runs">Folder of the runs; the demo's is <c>demo</c> or <c>demo-quick</c> in it.</param>
    /// <param name="quick">A quarter of the rows and less training: to see that everything works.</param>
    /// <param name="machine">Device and threads.</param>
    /// <param name="progress">Told of the corpus.</param>
    /// <param name="cancellation">Stops.</param>
    public static Recipe Prepare(string runs, bool quick, MachineOptions machine, IProgress<StageProgress>? progress,
        CancellationToken cancellation)
    {
        // As a recipe that is read from a file has them, so that the copy in the run's folder repeats it from anywhere.
        runs = Path.GetFullPath(runs);
        string name = quick ? "demo-quick" : "demo", data = Path.Combine(runs, name, "data");
        DemoOptions options = quick ? new DemoOptions { Rows = 2000, Transfer = 6000 } : new DemoOptions();
        DemoCorpusResult corpus = DemoCorpus.Write(data, options, cancellation);
        progress?.Report(StageProgress.Note("demo", $"{corpus.Train + corpus.Dev + corpus.Test} sentences of .NET's API "
            + $"documentation in {corpus.Labels.Count} areas, and {corpus.Transfer} more without labels"));
        return new Recipe
        {
            Name = name,
            Runs = runs,
            Data = new DataOptions
            {
                Train = Path.Combine(data, "train.tsv"),
                Dev = Path.Combine(data, "dev.tsv"),
                Test = Path.Combine(data, "test.tsv"),
                LabelFile = Path.Combine(data, "labels.txt"),
                Leaks = LeakPolicy.Drop,
            },
            // Small batches and a high rate: there are few rows to learn from.
            Teacher = new TeachOptions { MaxLength = 64, BatchSize = 16, LearningRate = 2e-4, EvaluationsPerEpoch = 1 },
            Transfer = new TransferOptions { Unlabelled = [Path.Combine(data, "transfer.tsv")] },
            Labelling = new LabelOptions { PooledState = PooledState.None },
            Distillation = new DistillationOptions { Epochs = 10, EvaluationsPerEpoch = 1 },
            Machine = machine,
        };
    }
}
