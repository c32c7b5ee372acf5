using System.Globalization;
using Retort.Runs;
using Retort.Training;
using static TorchSharp.torch;

namespace Retort.Fractionation;

/// <summary>
/// What a choice came from that cannot be computed again, in files beside the checkpoints of a training: <c>fraction-STEP.safetensors</c>.
/// </summary>
/// <param name="folder">The checkpoints'; empty: nothing is kept, as where nothing is trained.</param>
internal sealed class FractionState(string folder)
{
    private const string Kind = "fraction", Checkpoint = "checkpoint";

    public string PathOf(long step) => Path.Combine(folder, FormattableString.Invariant($"{Kind}-{step}.safetensors"));

    /// <summary>Whether the file of a choice stands there.</summary>
    public bool Holds(long step) => folder.Length > 0 && File.Exists(PathOf(step));

    public void Save(long step, IReadOnlyDictionary<string, float[]> state)
    {
        if (folder.Length == 0)
            return;
        using var scope = NewDisposeScope();
        TensorFile.Save(PathOf(step), state.Select(array => (array.Key, tensor(array.Value, [array.Value.Length]))).ToArray());
    }

    /// <param name="step">The choice's.</param>
    /// <param name="like">Arrays of the names and lengths that are expected.</param>
    /// <exception cref="RetortException">The file is missing, or is another training's.</exception>
    public IReadOnlyDictionary<string, float[]> Load(long step, IReadOnlyDictionary<string, float[]> like)
    {
        if (!Holds(step))
            throw new RetortException($"{PathOf(step)} is missing, which held what texts were chosen by: delete {folder} to start anew");
        using var scope = NewDisposeScope();
        (string Name, TorchSharp.torch.Tensor Value)[] tensors = like.Select(array => (array.Key, zeros(array.Value.Length))).ToArray();
        TensorFile.LoadInto(PathOf(step), tensors);
        return tensors.ToDictionary(array => array.Name, array => array.Value.data<float>().ToArray());
    }

    /// <summary>Deletes what no checkpoint needs any more. A training that was cut off goes on from its newest, which may be of an earlier choice.</summary>
    /// <param name="choiceAt">The step at which the choice was made that holds at a step.</param>
    public void Prune(Func<long, long> choiceAt)
    {
        long[] checkpoints = [.. StepsOf(Checkpoint)];
        long needed = checkpoints.Length == 0 ? 0 : choiceAt(checkpoints.Max());
        foreach (long step in StepsOf(Kind).Where(step => step < needed).ToArray())
            File.Delete(PathOf(step));
    }

    private IEnumerable<long> StepsOf(string kind) => Directory.Exists(folder)
        ? Directory.EnumerateFiles(folder, $"{kind}-*.safetensors").Select(file => long.Parse(Path.GetFileNameWithoutExtension(file).Split('-')[1], CultureInfo.InvariantCulture))
        : [];
}
