using System.Globalization;
using System.Text.Json;
using Retort.Runs;
using static TorchSharp.torch;

namespace Retort.Training;

/// <summary>
/// The checkpoints of one training: one file for the newest state, with weights, moments and average, and one for the
/// best weights. Each replaces its forerunner only once it is complete.
/// </summary>
internal sealed class CheckpointStore(string folder, nn.Module module, AdamW optimizer, WeightAverage? average)
{
    private const string StateKey = "training_state";

    /// <summary>The newest complete checkpoint, or null.</summary>
    public string? Newest => Files("checkpoint").MaxBy(StepOf);

    public void Save(TrainingState state)
    {
        TensorFile.Save(PathOf("checkpoint", state.Step), Everything(),
            new Dictionary<string, string> { [StateKey] = JsonSerializer.Serialize(state, JsonForm.Compact) });
        Keep("checkpoint", state.Step);
        Keep("best", state.BestStep);
    }

    public void SaveBest(long step) => TensorFile.Save(PathOf("best", step), Weights());

    /// <summary>Puts the newest checkpoint into module, optimizer and average; null where there is none.</summary>
    /// <exception cref="RetortException">It is damaged.</exception>
    public TrainingState? LoadNewest()
    {
        if (Newest is not { } file)
            return null;
        try
        {
            IReadOnlyDictionary<string, string> metadata = TensorFile.LoadInto(file, Everything());
            return JsonSerializer.Deserialize<TrainingState>(metadata[StateKey], JsonForm.Compact)
                ?? throw new JsonException("its training state is null");
        }
        catch (Exception e) when (e is InvalidDataException or KeyNotFoundException or JsonException)
        {
            throw new RetortException($"the checkpoint {file} is damaged ({e.Message}): delete {folder} to start anew", e);
        }
    }

    public void LoadBest(TrainingState state) => TensorFile.LoadInto(PathOf("best", state.BestStep), Weights());

    private IEnumerable<(string Name, Tensor Value)> Weights() =>
        module.named_parameters().Select(p => (p.name, (Tensor)p.parameter));

    private IEnumerable<(string Name, Tensor Value)> Everything() =>
    [
        .. Weights().Select(w => ("weights." + w.Name, w.Value)),
        .. module.named_buffers().Where(b => b.buffer.numel() > 0).Select(b => ("buffers." + b.name, b.buffer)),
        .. optimizer.State().Select(w => ("adamw." + w.Name, w.Value)),
        .. (average?.State() ?? []).Select(w => ("average." + w.Name, w.Value)),
    ];

    private void Keep(string kind, long step)
    {
        foreach (string file in Files(kind).Where(file => StepOf(file) != step))
            File.Delete(file);
    }

    private string[] Files(string kind) =>
        Directory.Exists(folder) ? Directory.GetFiles(folder, $"{kind}-*.safetensors") : [];

    private static long StepOf(string file) =>
        long.Parse(Path.GetFileNameWithoutExtension(file).Split('-')[1], CultureInfo.InvariantCulture);

    private string PathOf(string kind, long step) => Path.Combine(folder, $"{kind}-{step}.safetensors");
}
