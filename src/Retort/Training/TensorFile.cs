using Retort.Runs;
using Retort.Runtime.Model;
using static TorchSharp.torch;

namespace Retort.Training;

/// <summary>Moves named float tensors between libtorch and safetensors files.</summary>
public static class TensorFile
{
    /// <summary>Writes tensors as F32, atomically.</summary>
    public static void Save(string path, IEnumerable<(string Name, Tensor Value)> tensors,
        IReadOnlyDictionary<string, string>? metadata = null)
    {
        (string Name, Tensor Value)[] all = tensors.ToArray();
        AtomicFile.Write(path, stream =>
        {
            var writer = new SafetensorsWriter(stream,
                all.Select(t => new TensorDeclaration(t.Name, TensorType.F32, t.Value.shape)), metadata);
            foreach ((string name, Tensor value) in all)
            {
                using var scope = NewDisposeScope();
                Tensor flat = value.detach().cpu().contiguous();
                writer.WriteBytes(name, flat.bytes);
            }
            writer.Complete();
        });
    }

    /// <summary>Fills tensors from a file that holds exactly these, in these shapes.</summary>
    /// <returns>The file's metadata.</returns>
    /// <exception cref="RetortException">A tensor is missing or has another shape.</exception>
    public static IReadOnlyDictionary<string, string> LoadInto(string path, IEnumerable<(string Name, Tensor Value)> tensors)
    {
        using SafetensorsFile file = SafetensorsFile.Open(path);
        foreach ((string name, Tensor value) in tensors)
        {
            if (!file.Tensors.TryGetValue(name, out TensorEntry? entry))
                throw new RetortException($"{path} lacks the tensor '{name}': it was written by another kind of job");
            Fill(path, value, entry, file.ReadSingles);
        }
        return file.Metadata;
    }

    /// <summary>Copies a tensor of a file over a tensor in memory, after comparing their shapes.</summary>
    internal static void Fill(string path, Tensor value, TensorEntry entry, Func<string, float[]> read)
    {
        if (!entry.Shape.SequenceEqual(value.shape))
        {
            throw new RetortException($"{path}: '{entry.Name}' has the shape ({string.Join(", ", entry.Shape)}): "
                + $"expected ({string.Join(", ", value.shape)})");
        }
        using var noGrad = no_grad();
        using Tensor source = tensor(read(entry.Name), value.shape);
        value.copy_(source);
    }
}
