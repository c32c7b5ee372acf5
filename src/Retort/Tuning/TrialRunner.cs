using System.Diagnostics;
using System.Globalization;
using Retort.Runs;
using Retort.Tuning.Plans;
using Retort.Tuning.Store;

namespace Retort.Tuning;

/// <summary>Has the trials of a study done, each in a process of its own, as many at once as cores and memory allow.</summary>
/// <param name="store">The study.</param>
/// <param name="plan">What it does next.</param>
/// <param name="ranking">Which trial is the best, for the progress.</param>
/// <param name="launch">Starts a process that does a trial with so many threads, and stops when its standard input ends.</param>
/// <param name="workers">Processes at once at most; 0: one a core.</param>
/// <param name="threads">Threads of each; 0: its share of the cores.</param>
/// <param name="progress">Told of each trial that ends.</param>
internal sealed class TrialRunner(StudyStore store, IStudyPlan plan, Ranking ranking, Func<long, int, Process> launch, int workers, int threads, IProgress<StageProgress>? progress)
{
    private const string Stage = "tune";

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    private readonly Dictionary<long, Process> _running = [];
    private readonly HashSet<long> _told = [];

    /// <summary>Works until the study is over, with other processes that have joined it.</summary>
    /// <exception cref="RetortException">The recipe itself cannot be trained.</exception>
    public void Run(CancellationToken cancellation)
    {
        _told.UnionWith(store.Trials().Where(IsOver).Select(trial => trial.Number));
        try
        {
            while (store.Advance(plan))
            {
                cancellation.ThrowIfCancellationRequested();
                Reap();
                Tell();
                while (HasRoom() && store.Claim(_running.Keys) is { } trial)
                    _running.Add(trial.Number, launch(trial.Number, Threads()));
                if (cancellation.WaitHandle.WaitOne(Pause))
                    cancellation.ThrowIfCancellationRequested();
            }
            Tell();
        }
        finally
        {
            Stop();
        }
    }

    private static bool IsOver(Trial trial) => trial.State is TrialState.Done or TrialState.Failed;

    private int Workers => workers > 0 ? workers : Math.Max(1, Environment.ProcessorCount / Math.Max(1, threads));

    private int Threads() => threads > 0 ? threads : Math.Max(1, Environment.ProcessorCount / Workers);

    /// <summary>The first trial runs alone: what it takes at most says how many fit beside each other.</summary>
    private bool HasRoom()
    {
        if (_running.Count >= Workers)
            return false;
        IReadOnlyList<Trial> trials = store.Trials();
        if (!trials.Any(trial => trial.State == TrialState.Running))
            return true;
        double peak = trials.Max(trial => trial.Figures?.PeakMegabytes ?? 0) * 1e6;
        return peak > 0 && MemoryRoom.HasRoom(MemoryRoom.Free(), peak, _running.Values.Select(Held));
    }

    private static double Held(Process process)
    {
        try
        {
            process.Refresh();
            return process.HasExited ? 0 : process.WorkingSet64;
        }
        catch (InvalidOperationException)
        {
            return 0;
        }
    }

    private void Reap()
    {
        foreach ((long number, Process process) in _running.Where(pair => pair.Value.HasExited).ToArray())
        {
            _running.Remove(number);
            // What it finished or gave back is not released again.
            if (store.TrialOf(number).State == TrialState.Running)
                store.Release(number, died: true);
            process.Dispose();
        }
    }

    private void Tell()
    {
        IReadOnlyList<Trial> trials = store.Trials();
        foreach (Trial trial in trials.Where(trial => IsOver(trial) && _told.Add(trial.Number)))
        {
            Configuration configuration = store.Configurations()[trial.Configuration];
            progress?.Report(StageProgress.Note(Stage, $"{What(configuration)}, seed {trial.Seed}{(trial.Epochs > 0 ? $", {trial.Epochs} epochs" : "")}: "
                + (trial.State == TrialState.Failed ? $"failed: {trial.Message}" : Result(trial))));
            if (configuration is { Number: 0 } && trial.State == TrialState.Failed)
                throw new RetortException($"trial {trial.Number} ({What(configuration)}) failed, with which all others are compared: {trial.Message}");
        }
        progress?.Report(new StageProgress(Stage, trials.Count(IsOver), trials.Count, "trials"));
    }

    private string Result(Trial trial) => string.Create(CultureInfo.InvariantCulture, $"dev {ranking.Score(trial):0.0000} in {trial.Figures!.Seconds:0} s, {trial.Figures.PeakMegabytes:#,0} MB of memory")
        + (ranking.IsAllowed(trial) ? "" : string.Create(CultureInfo.InvariantCulture, $", too slow ({trial.Figures!.P50:0.0} µs)"));

    /// <summary>A configuration on one line.</summary>
    internal static string What(Configuration configuration) => configuration.Name.Length > 0 ? configuration.Name
        : string.Join(", ", configuration.Changes.Select(change => $"{change.Key[(change.Key.IndexOf('.', StringComparison.Ordinal) + 1)..]} {change.Value}"));

    /// <summary>Asks all processes to stop, and waits until they have: a trial that is given back stands where it stopped.</summary>
    private void Stop()
    {
        foreach (Process process in _running.Values)
            process.StandardInput.Close();
        foreach ((long number, Process process) in _running)
        {
            process.WaitForExit();
            store.Release(number, died: false);
            process.Dispose();
        }
        _running.Clear();
    }
}
