using System.Diagnostics;
using System.Text.Json;
using Retort.Runs;

namespace Retort.Pipeline;

/// <summary>Runs the stages of one run's folder, and leaves out those that were done with the same inputs.</summary>
internal sealed class StageRunner(string run, IProgress<StageProgress>? progress)
{
    private Manifest _manifest = Manifest.Load(run);

    /// <summary>Stages of these kinds run even where nothing has changed.</summary>
    public ISet<string> Forced { get; init; } = new HashSet<string>();

    /// <summary>The folder of another run, whose finished stages are taken over where their inputs are the same; null: none.</summary>
    public string? Elder { get; init; }

    /// <summary>The record of a stage that was run or found done.</summary>
    public StageRecord Record(string name) => _manifest.Stages[name];

    /// <summary>Where the training of a folder below the run's logs its scalars.</summary>
    public string Logs(string folder) => Path.Combine(run, "logs", folder);

    /// <summary>Whether a stage would be left out, since it was done with the same inputs, here or in the elder run.</summary>
    /// <param name="kind">The stage.</param>
    /// <param name="name">What it works on.</param>
    /// <param name="inputs">Hash of everything it depends on.</param>
    public bool IsDone(string kind, string name, IReadOnlyDictionary<string, string> inputs) =>
        !Forced.Contains(kind) && (Stale(name, inputs) is null || Taken(name, inputs) is not null);

    /// <summary>Runs a stage, unless its outputs stand there and were made from the same inputs.</summary>
    /// <param name="kind">The stage: <c>teach</c>, <c>label</c>, <c>distill</c>, <c>evaluate</c>.</param>
    /// <param name="name">What it works on: the kind, or for one of several students <c>distill/seed-1</c>.</param>
    /// <param name="inputs">Hash of everything it depends on.</param>
    /// <param name="outputs">The folders that it writes, below the run's; none: one that takes care of itself.</param>
    /// <param name="work">Does it; is given a folder for checkpoints that belongs to these very inputs.</param>
    /// <param name="lacking">What such a one misses of its outputs; null: nothing.</param>
    public T Run<T>(string kind, string name, IReadOnlyDictionary<string, string> inputs, IReadOnlyList<string> outputs,
        Func<string, T> work, string? lacking = null)
    {
        string? reason = Stale(name, inputs) ?? lacking;
        bool taken = reason is not null && TakeOver(name, inputs, outputs);
        if ((reason is null || taken) && !Forced.Contains(kind))
        {
            progress?.Report(StageProgress.Note(kind, taken ? $"{name} is taken over from {Elder}" : $"{name} is up to date"));
            return _manifest.Stages[name].Result.Deserialize<T>(JsonForm.Indented)!;
        }
        progress?.Report(StageProgress.Note(kind, $"{name} runs{(reason is null ? "" : $": {reason}")}"));
        string checkpoints = Path.Combine(run, "checkpoints",
            $"{name.Replace('/', '-')}-{ContentHash.OfRecord(inputs)[..12]}");
        var clock = Stopwatch.StartNew();
        T result = work(checkpoints);
        using var process = Process.GetCurrentProcess();
        _manifest = _manifest.With(name, new StageRecord(inputs, Hashes(outputs), DateTimeOffset.UtcNow,
            Math.Round(clock.Elapsed.TotalSeconds, 3), process.PeakWorkingSet64 / 1_000_000,
            JsonSerializer.SerializeToElement(result, JsonForm.Indented)));
        _manifest.Save(run);
        Clear(checkpoints);
        return result;
    }

    private static void Clear(string checkpoints)
    {
        if (!Directory.Exists(checkpoints))
            return;
        Directory.Delete(checkpoints, recursive: true);
        string all = Path.GetDirectoryName(checkpoints)!;
        // Those of a job that was given up may still stand there.
        if (!Directory.EnumerateFileSystemEntries(all).Any())
            Directory.Delete(all);
    }

    /// <summary>Why a stage has to run; null where it need not.</summary>
    private string? Stale(string name, IReadOnlyDictionary<string, string> inputs)
    {
        if (!_manifest.Stages.TryGetValue(name, out StageRecord? record))
            return "it has not been run yet";
        string[] changed = Changed(record, inputs);
        if (changed.Length > 0)
            return $"{string.Join(", ", changed)} changed";
        return Spoilt(run, record) is { } spoilt ? $"{spoilt} is missing or changed" : null;
    }

    private static string[] Changed(StageRecord record, IReadOnlyDictionary<string, string> inputs) => inputs.Keys.Union(record.Inputs.Keys)
        .Where(key => inputs.GetValueOrDefault(key) != record.Inputs.GetValueOrDefault(key)).ToArray();

    private static string? Spoilt(string folder, StageRecord record) => record.Outputs.Keys.FirstOrDefault(file =>
        !File.Exists(Path.Combine(folder, file)) || ContentHash.OfFile(Path.Combine(folder, file)) != record.Outputs[file]);

    /// <summary>Links what the other run made of the same inputs into this one, and notes it as done here.</summary>
    private bool TakeOver(string name, IReadOnlyDictionary<string, string> inputs, IReadOnlyList<string> outputs)
    {
        if (outputs.Count == 0 || Taken(name, inputs) is not { } record)
            return false;
        foreach (string file in record.Outputs.Keys)
            Link(Path.GetFullPath(Path.Combine(Elder!, file)), Path.Combine(run, file));
        _manifest = _manifest.With(name, record);
        _manifest.Save(run);
        return true;
    }

    /// <summary>What the other run noted of a stage that can be taken over; null: it cannot.</summary>
    private StageRecord? Taken(string name, IReadOnlyDictionary<string, string> inputs) => Elder is not null && Manifest.Load(Elder).Stages.TryGetValue(name, out StageRecord? record)
        && Changed(record, inputs).Length == 0 && Spoilt(Elder, record) is null ? record : null;

    private static void Link(string source, string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.Delete(path);
        try
        {
            File.CreateSymbolicLink(path, source);
        }
        // Windows lets only some users link.
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            AtomicFile.Copy(source, path);
        }
    }

    private Dictionary<string, string> Hashes(IEnumerable<string> outputs) => outputs
        .SelectMany(output => Directory.EnumerateFiles(Path.Combine(run, output), "*", SearchOption.AllDirectories))
        .ToDictionary(file => Path.GetRelativePath(run, file).Replace('\\', '/'), ContentHash.OfFile);
}
