using System.Text.Json;
using Retort.Runs;

namespace Retort.Teachers;

/// <summary>Which shard holds which tensor: <c>model.safetensors.index.json</c>. Immutable.</summary>
internal sealed class WeightIndex
{
    public const string SingleFile = "model.safetensors";
    public const string FileName = "model.safetensors.index.json";

    private const long MaxBytes = 64 << 20;

    private WeightIndex(IReadOnlyDictionary<string, string> shardOf) => ShardOf = shardOf;

    /// <summary>The shard's file name for each tensor.</summary>
    public IReadOnlyDictionary<string, string> ShardOf { get; }

    /// <summary>The shards' file names, each once, in order of names.</summary>
    public IEnumerable<string> Shards => ShardOf.Values.Distinct().Order(StringComparer.Ordinal);

    /// <exception cref="RetortException">The file is not an index, or names a shard outside the folder.</exception>
    public static WeightIndex Load(string path)
    {
        long length = new FileInfo(path).Length;
        if (length > MaxBytes)
            throw new RetortException($"{path} has {length} bytes, more than an index needs (limit: {MaxBytes})");
        try
        {
            using JsonDocument json = JsonDocument.Parse(File.ReadAllBytes(path));
            return new WeightIndex(Read(json.RootElement, path));
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new RetortException($"{path} is not an index of shards: {e.Message}", e);
        }
    }

    private static Dictionary<string, string> Read(JsonElement root, string path)
    {
        if (!root.TryGetProperty("weight_map", out JsonElement map))
            throw new RetortException($"{path} has no weight_map: expected tensor names with the file of each");
        var shardOf = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (JsonProperty entry in map.EnumerateObject())
        {
            string shard = entry.Value.GetString() ?? "";
            if (!IsPlainName(shard))
                throw new RetortException($"{path}: tensor '{entry.Name}': '{shard}' is not the name of a .safetensors file");
            if (!shardOf.TryAdd(entry.Name, shard))
                throw new RetortException($"{path}: tensor '{entry.Name}' stands twice");
        }
        return shardOf;
    }

    /// <summary>A name without a path: a downloaded index must not reach outside its folder.</summary>
    private static bool IsPlainName(string name) =>
        name.EndsWith(".safetensors", StringComparison.Ordinal) && name.AsSpan().IndexOfAny('/', '\\', ':') < 0;
}
