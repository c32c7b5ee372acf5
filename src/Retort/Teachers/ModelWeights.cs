using System.Security.Cryptography;
using System.Text;
using Retort.Runs;
using Retort.Runtime.Model;

namespace Retort.Teachers;

/// <summary>
/// The tensors of a Hugging Face folder: <c>model.safetensors</c>, or the shards that <c>model.safetensors.index.json</c>
/// lists. Pickled weights are never read. Reading is thread-safe; disposing is not.
/// </summary>
public sealed class ModelWeights : IDisposable
{
    private const int ChunkBytes = 1 << 20;

    private readonly Dictionary<string, SafetensorsFile> _files;
    private readonly Lazy<string> _fingerprint;

    private ModelWeights(string folder, Dictionary<string, SafetensorsFile> files)
    {
        Folder = folder;
        _files = files;
        Tensors = files.ToDictionary(pair => pair.Key, pair => pair.Value.Tensors[pair.Key], StringComparer.Ordinal);
        _fingerprint = new Lazy<string>(ComputeFingerprint);
    }

    /// <summary>The folder as it was given.</summary>
    public string Folder { get; }

    /// <summary>All tensors by name; offsets count from the start of the shard that holds the tensor.</summary>
    public IReadOnlyDictionary<string, TensorEntry> Tensors { get; }

    /// <summary>
    /// SHA-256, in lower-case hexadecimal, over name, type, shape and data of each tensor in order of names: the same
    /// for the same weights however they are sharded. Reads everything once, then remembers.
    /// </summary>
    /// <exception cref="RetortException">A file was cut off since it was opened.</exception>
    public string Fingerprint => _fingerprint.Value;

    /// <summary>Opens the weights of a folder and checks every header.</summary>
    /// <exception cref="UsageException">The folder has no weights, or only in a form that is not read.</exception>
    /// <exception cref="RetortException">A file is damaged, or a shard or one of its tensors is missing.</exception>
    public static ModelWeights Open(string folder)
    {
        string single = Path.Combine(folder, WeightIndex.SingleFile);
        string index = Path.Combine(folder, WeightIndex.FileName);
        var opened = new List<SafetensorsFile>();
        try
        {
            if (File.Exists(single))
                return OpenSingle(folder, single, opened);
            if (File.Exists(index))
                return OpenShards(folder, WeightIndex.Load(index), opened);
            throw Absent(folder);
        }
        catch (Exception e)
        {
            opened.ForEach(file => file.Dispose());
            if (e is InvalidDataException)
                throw new RetortException(e.Message, e);
            throw;
        }
    }

    /// <summary>Reads an F32, F16 or BF16 tensor into a new array, row-major.</summary>
    /// <exception cref="RetortException">No such tensor, or of another type.</exception>
    public float[] ReadSingles(string name) => Read(name, file => file.ReadSingles(name));

    /// <summary>Reads a window of an F32, F16 or BF16 tensor, from an element on, in row-major order.</summary>
    /// <exception cref="RetortException">No such tensor, or of another type.</exception>
    public void ReadSingles(string name, long start, Memory<float> destination) => Read(name, file =>
    {
        file.ReadSingles(name, start, destination.Span);
        return 0;
    });

    /// <summary>Closes the files.</summary>
    public void Dispose()
    {
        foreach (SafetensorsFile file in _files.Values.Distinct())
            file.Dispose();
    }

    private static ModelWeights OpenSingle(string folder, string path, List<SafetensorsFile> opened)
    {
        SafetensorsFile file = SafetensorsFile.Open(path);
        opened.Add(file);
        return new ModelWeights(folder, file.Tensors.Keys.ToDictionary(name => name, _ => file, StringComparer.Ordinal));
    }

    private static ModelWeights OpenShards(string folder, WeightIndex index, List<SafetensorsFile> opened)
    {
        var shards = new Dictionary<string, SafetensorsFile>(StringComparer.Ordinal);
        foreach (string name in index.Shards)
        {
            string path = Path.Combine(folder, name);
            if (!File.Exists(path))
                throw new RetortException($"{path} is missing, {WeightIndex.FileName} lists it: copy or download all shards");
            shards[name] = SafetensorsFile.Open(path);
            opened.Add(shards[name]);
        }
        foreach ((string tensor, string shard) in index.ShardOf)
        {
            if (!shards[shard].Tensors.ContainsKey(tensor))
            {
                throw new RetortException($"{shards[shard].Path} has no tensor '{tensor}', {WeightIndex.FileName} says it "
                    + "has: index and shards are of different models, download them together");
            }
        }
        return new ModelWeights(folder,
            index.ShardOf.ToDictionary(pair => pair.Key, pair => shards[pair.Value], StringComparer.Ordinal));
    }

    private static UsageException Absent(string folder)
    {
        string? other = Directory.Exists(folder)
            ? Directory.EnumerateFiles(folder).Select(Path.GetFileName).FirstOrDefault(IsOtherFormat)
            : null;
        if (other is null)
            return new UsageException($"{folder} has no {WeightIndex.SingleFile} and no {WeightIndex.FileName}: name a "
                + "folder with a Hugging Face model in safetensors");
        string cure = other.EndsWith(".h5", StringComparison.Ordinal)
            ? "load it with transformers (from_pretrained(folder, from_tf=True)) and save_pretrained(folder, "
                + "safe_serialization=True)"
            : $"python -c \"import torch, safetensors.torch as s; s.save_file({{k: v.clone().contiguous() for k, v in "
                + $"torch.load('{other}', map_location='cpu', weights_only=True).items()}}, 'model.safetensors', "
                + "{'format': 'pt'})\"";
        return new UsageException($"{folder} has its weights in {other} only, expected safetensors (a pickle can run code "
            + $"when it is loaded, so none is). Convert it: {cure}; or take a revision of the model that has safetensors");
    }

    private static bool IsOtherFormat(string? name) =>
        Path.GetExtension(name) is ".bin" or ".pt" or ".pth" or ".pkl" or ".ckpt" or ".h5";

    private T Read<T>(string name, Func<SafetensorsFile, T> read)
    {
        if (!_files.TryGetValue(name, out SafetensorsFile? file))
            throw new RetortException($"{Folder} has no tensor '{name}'");
        try
        {
            return read(file);
        }
        catch (InvalidDataException e)
        {
            throw new RetortException(e.Message, e);
        }
    }

    private string ComputeFingerprint()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] buffer = new byte[ChunkBytes];
        foreach (TensorEntry entry in Tensors.Values.OrderBy(entry => entry.Name, StringComparer.Ordinal))
        {
            // Zero bytes divide the parts: "a" [11] and "a1" [1] must differ.
            hash.AppendData(Encoding.UTF8.GetBytes($"{entry.Name}\0{entry.Type}\0{string.Join(',', entry.Shape)}\0"));
            for (long done = 0; done < entry.ByteLength;)
            {
                int count = (int)Math.Min(ChunkBytes, entry.ByteLength - done);
                Read(entry.Name, file => { file.ReadBytes(entry.Name, done, buffer.AsSpan(0, count)); return count; });
                hash.AppendData(buffer, 0, count);
                done += count;
            }
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
