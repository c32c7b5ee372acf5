using Retort.Pipeline;
using Retort.Signals;
using Retort.Teachers;
using Retort.Teachers.Sources;
using Retort.Tests.Distillation;
using Retort.Transfer;

namespace Retort.Tests.Pipeline;

/// <summary>What unlabelled texts cost in managed memory. Alone, for memory is counted for the whole process.</summary>
[CollectionDefinition(nameof(TransferMemoryTests), DisableParallelization = true)]
[Collection(nameof(TransferMemoryTests))]
public sealed class TransferMemoryTests : IDisposable
{
    private const int Few = 20_000, Many = 200_000;

    /// <summary>The batches' order of a pass.</summary>
    private const int BytesARow = 16;

    /// <summary>What does not grow with the rows and differs from run to run: buffers, and what the runtime keeps.</summary>
    private const int Constant = 2_000_000;

    private readonly TemporaryFolder _folder = new();
    private readonly FinishedRun _run = new();

    public void Dispose()
    {
        _run.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void Ten_times_the_rows_need_no_more_than_the_order_of_the_batches()
    {
        // Once, so that code and pools that stay are there for both.
        Peaks("warm-up", 5000);
        Dictionary<string, long> few = Peaks("few", Few), many = Peaks("many", Many);
        Assert.Equal(["data", "distill", "label"], few.Keys.Order(StringComparer.Ordinal));
        Assert.All(few, stage => Assert.True(many[stage.Key] - stage.Value < BytesARow * (Many - Few) + Constant,
            $"{stage.Key}: {stage.Value:N0} bytes with {Few:N0} rows and {many[stage.Key]:N0} with {Many:N0}"));
    }

    /// <summary>The most managed memory that was alive at some moments of each stage.</summary>
    private Dictionary<string, long> Peaks(string name, int rows)
    {
        string file = _folder[$"{name}.tsv"];
        File.WriteAllLines(file, Enumerable.Range(0, rows).Select(k => $"{ToyCorpus.Text(k % 125)} {k} of {k * 7919L}").Prepend("text"));
        Recipe recipe = _run.Recipe with
        {
            Name = name,
            Runs = _folder.Path,
            Results = "",
            Teacher = new TeachOptions { Sources = [Path.Combine(_run.Result.Folder, "teacher")] },
            Transfer = new TransferOptions { Unlabelled = [file] },
            Labelling = new LabelOptions { PooledState = PooledState.None, BatchTokens = 1 << 15 },
            Distillation = _run.Recipe.Distillation with { Seeds = [1], Epochs = 1, BatchSize = 2048 },
        };
        var peaks = new Dictionary<string, long>(StringComparer.Ordinal);
        var reports = new Dictionary<string, int>(StringComparer.Ordinal);
        var watcher = new Watcher(report =>
        {
            // A full collection takes a while: at every eighth report.
            if (report.Message is null && (reports[report.Stage] = reports.GetValueOrDefault(report.Stage) + 1) % 8 == 2)
                peaks[report.Stage] = Math.Max(peaks.GetValueOrDefault(report.Stage), GC.GetTotalMemory(forceFullCollection: true));
        });
        RunResult result = RunPipeline.Run(recipe, new SourceOptions { Offline = true }, Stage.Distill, progress: watcher,
            cancellation: TestContext.Current.CancellationToken);
        Assert.Equal(60 + rows, result.Students[0].Texts);
        return peaks;
    }
}
