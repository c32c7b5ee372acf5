using System.Text.Json;
using System.Text.Json.Nodes;
using Retort.Runs;

namespace Retort.Teachers;

/// <summary>A <c>config.json</c> of a Hugging Face folder, whose values are read by type with messages that name the file.</summary>
internal sealed class ConfigFile
{
    private ConfigFile(string path, JsonObject json) => (Path, Json) = (path, json);

    public string Path { get; }

    public JsonObject Json { get; }

    /// <exception cref="RetortException">The file is not there or no JSON object.</exception>
    public static ConfigFile Load(string path)
    {
        if (!File.Exists(path))
            throw new RetortException($"{path} is missing: expected the configuration of a Hugging Face model there");
        try
        {
            return JsonNode.Parse(File.ReadAllText(path)) is JsonObject json
                ? new ConfigFile(path, json)
                : throw new RetortException($"{path}: expected a JSON object");
        }
        catch (JsonException e)
        {
            throw new RetortException($"{path} is not JSON: {e.Message}", e);
        }
    }

    /// <summary>The configuration of a folder's model.</summary>
    public static ConfigFile OfFolder(string folder) => Load(System.IO.Path.Combine(folder, "config.json"));

    /// <summary>What stands in another file but is read as one.</summary>
    public static ConfigFile Of(string path, JsonObject json) => new(path, json);

    public bool Has(string key) => Json.ContainsKey(key);

    /// <summary>A text; where it is absent, the fallback.</summary>
    public string Text(string key, string fallback)
    {
        if (Json[key] is not { } node)
            return fallback;
        if (node is JsonValue value && value.TryGetValue(out string? text))
            return text;
        throw Error(key, "text");
    }

    /// <summary>A whole number above 0 that has to be there.</summary>
    public int Size(string key)
    {
        // The largest real models stay below a million in each of these.
        if (Json[key] is JsonValue value && value.TryGetValue(out int size) && size is > 0 and <= 4_000_000)
            return size;
        throw Error(key, "a whole number above 0");
    }

    /// <summary>A whole number above 0; where it is absent, the fallback.</summary>
    public int Size(string key, int fallback) => Has(key) ? Size(key) : fallback;

    /// <summary>A token's id; where it is absent or null, the fallback.</summary>
    public int Id(string key, int fallback)
    {
        if (Json[key] is not { } node)
            return fallback;
        if (node is JsonValue value && value.TryGetValue(out int id) && id >= 0)
            return id;
        throw Error(key, "a whole number from 0");
    }

    /// <summary>A number from 0 to below 1; where it is absent, the fallback.</summary>
    public double Fraction(string key, double fallback)
    {
        if (!Has(key))
            return fallback;
        if (Json[key] is JsonValue value && value.TryGetValue(out double number) && number is >= 0 and < 1)
            return number;
        throw Error(key, "a number from 0 to below 1");
    }

    /// <summary>true or false; where it is absent, the fallback.</summary>
    public bool Flag(string key, bool fallback)
    {
        if (Json[key] is not { } node)
            return fallback;
        if (node is JsonValue value && value.TryGetValue(out bool flag))
            return flag;
        throw Error(key, "true or false");
    }

    private RetortException Error(string key, string expected) =>
        new($"{Path}: {key} is {(Has(key) ? Json[key]?.ToJsonString() ?? "null" : "missing")}: expected {expected}");
}
