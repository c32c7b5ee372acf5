using System.Runtime.InteropServices;
using System.Text.Json;

namespace Retort.Runs;

/// <summary>One finished stage of a run.</summary>
/// <param name="Inputs">Hash of each thing the stage depends on, by name.</param>
/// <param name="Outputs">SHA-256 of each file it wrote, by path below the run's folder.</param>
/// <param name="Finished">When.</param>
/// <param name="Seconds">How long it took, interruptions left out.</param>
/// <param name="PeakMemoryMegabytes">The most memory the process had held by its end.</param>
/// <param name="Result">What the stage reported.</param>
public sealed record StageRecord(IReadOnlyDictionary<string, string> Inputs, IReadOnlyDictionary<string, string> Outputs,
    DateTimeOffset Finished, double Seconds, double PeakMemoryMegabytes, JsonElement Result);

/// <summary>What a run has done, with what and where: <c>manifest.json</c> of its folder. Immutable.</summary>
public sealed record Manifest
{
    private const string FileName = "manifest.json";

    public string Retort { get; init; } = typeof(Manifest).Assembly.GetName().Version!.ToString(3);

    public string Framework { get; init; } = RuntimeInformation.FrameworkDescription;

    public string System { get; init; } = RuntimeInformation.OSDescription;

    public int Processors { get; init; } = Environment.ProcessorCount;

    public IReadOnlyDictionary<string, StageRecord> Stages { get; init; } = new Dictionary<string, StageRecord>();

    /// <summary>The manifest of a run's folder; a new one where there is none.</summary>
    /// <exception cref="RetortException">It cannot be read.</exception>
    public static Manifest Load(string run)
    {
        string path = Path.Combine(run, FileName);
        if (!File.Exists(path))
            return new Manifest();
        try
        {
            return JsonSerializer.Deserialize<Manifest>(File.ReadAllText(path), JsonForm.Indented) ?? new Manifest();
        }
        catch (JsonException e)
        {
            throw new RetortException($"{path} is damaged ({e.Message}): delete it, and the stages run anew", e);
        }
    }

    /// <summary>The same with a stage finished, of this version and machine.</summary>
    public Manifest With(string stage, StageRecord record) =>
        new() { Stages = new Dictionary<string, StageRecord>(Stages) { [stage] = record } };

    public void Save(string run) =>
        AtomicFile.WriteText(Path.Combine(run, FileName), JsonSerializer.Serialize(this, JsonForm.Indented) + "\n");
}
