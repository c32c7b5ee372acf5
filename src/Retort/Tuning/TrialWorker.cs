using System.Diagnostics;
using Retort.Pipeline;
using Retort.Runs;
using Retort.Teachers.Sources;
using Retort.Tuning.Store;

namespace Retort.Tuning;

/// <summary>Does one trial of a study in this process.</summary>
public static class TrialWorker
{
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(10);

    /// <summary>Trains a trial that was taken for this process, and writes down what it came to, or why it failed.</summary>
    /// <param name="folder">The study's folder.</param>
    /// <param name="number">Which trial.</param>
    /// <param name="threads">Its share of the machine.</param>
    /// <param name="cancellation">Stops with a checkpoint, and gives the trial back.</param>
    public static void Run(string folder, long number, int threads, CancellationToken cancellation)
    {
        using StudyStore store = StudyStore.Open(folder) ?? throw new UsageException($"there is no study in '{folder}'");
        if (!store.Own(number))
            return;
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        using var beat = new Timer(_ => Beat(folder, number, stop), null, Heartbeat, Heartbeat);
        Trial trial = store.TrialOf(number);
        string log = TrialRecipe.LogOf(folder, trial);
        try
        {
            store.Finish(number, Try(folder, store, trial, threads, stop.Token));
        }
        catch (OperationCanceledException)
        {
            store.Release(number, died: false);
            throw;
        }
        catch (Exception e) when (e is RetortException or IOException or UnauthorizedAccessException)
        {
            store.Fail(number, e.Message);
        }
        // Memory may be free again for the next try; anything else comes again, and is to be read by somebody.
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            store.Fail(number, $"{e.GetType().Name}: {e.Message} (more in {log})");
            File.AppendAllText(log, $"{e}\n");
        }
    }

    private static TrialFigures Try(string folder, StudyStore store, Trial trial, int threads, CancellationToken cancellation)
    {
        StudyFacts facts = store.Facts;
        Configuration configuration = store.Configurations()[trial.Configuration];
        Recipe recipe = TrialRecipe.Of(Recipe.Parse(facts.Recipe, StudyStore.PathOf(folder)), configuration, trial, folder, threads, facts.Options.Ablate);
        string run = recipe.RunFolder();
        // One whose owner was killed may still be at its last step.
        using FileStream alone = FolderLock.Take(run, null, "tune", cancellation);
        using var log = new TrialLog(TrialRecipe.LogOf(folder, trial), TimeProvider.System);
        DevReport report = RunPipeline.Try(recipe, new SourceOptions { Offline = facts.Offline }, configuration.Role, facts.Options.MaxLatency is not null, facts.Elder, log, cancellation);
        using var process = Process.GetCurrentProcess();
        return new TrialFigures
        {
            Accuracy = report.Dev.Accuracy,
            MacroF1 = report.Dev.MacroF1,
            Agreement = report.Dev.Agreement,
            Loss = report.Dev.NegativeLogLikelihood,
            P50 = report.Latency?.P50,
            Bytes = report.Bytes,
            Seconds = report.Student.Training.Elapsed.TotalSeconds,
            PeakMegabytes = process.PeakWorkingSet64 / 1e6,
            Student = Path.GetRelativePath(folder, Path.Combine(run, report.Student.Folder)).Replace('\\', '/'),
        };
    }

    // On a thread of its own, with a connection of its own.
    private static void Beat(string folder, long number, CancellationTokenSource stop)
    {
        try
        {
            using StudyStore? store = StudyStore.Open(folder);
            if (store?.Own(number) != true)
                stop.Cancel();
        }
        catch (Exception e) when (e is RetortException or ObjectDisposedException)
        {
            // The next one may get through; the lease is many times as long.
        }
    }
}
