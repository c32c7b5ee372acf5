using System.Text.Json;
using System.Text.Json.Nodes;
using Retort.Runs;

namespace Retort.Teachers.Bert;

/// <summary>The non-linearity of the feed-forward layers.</summary>
public enum Gelu
{
    /// <summary>x·Φ(x).</summary>
    Exact,

    /// <summary>The tanh approximation: gelu_new, gelu_pytorch_tanh.</summary>
    Tanh,
}

/// <summary>The shape of a BERT encoder, from a Hugging Face <c>config.json</c>. Immutable.</summary>
public sealed record BertConfig
{
    public required int VocabularySize { get; init; }

    public required int Hidden { get; init; }

    public required int Layers { get; init; }

    public required int Heads { get; init; }

    public required int Intermediate { get; init; }

    public required int MaxPositions { get; init; }

    public int TokenTypes { get; init; } = 2;

    public double LayerNormEpsilon { get; init; } = 1e-12;

    public Gelu Gelu { get; init; } = Gelu.Exact;

    /// <summary>Reads and checks a <c>config.json</c>.</summary>
    /// <exception cref="RetortException">It is not of a BERT encoder, or a number in it cannot be.</exception>
    public static BertConfig Load(string file)
    {
        JsonObject json = ReadJson(file);
        string type = Text(json, file, "model_type", "bert");
        if (type != "bert")
            throw new RetortException($"{file}: model_type is '{type}': expected 'bert', the one kind that is fine-tuned and read here");
        string position = Text(json, file, "position_embedding_type", "absolute");
        if (position != "absolute")
            throw new RetortException($"{file}: position_embedding_type is '{position}': expected 'absolute'");
        var config = new BertConfig
        {
            VocabularySize = Size(json, file, "vocab_size"),
            Hidden = Size(json, file, "hidden_size"),
            Layers = Size(json, file, "num_hidden_layers"),
            Heads = Size(json, file, "num_attention_heads"),
            Intermediate = Size(json, file, "intermediate_size"),
            MaxPositions = Size(json, file, "max_position_embeddings"),
            TokenTypes = json.ContainsKey("type_vocab_size") ? Size(json, file, "type_vocab_size") : 2,
            LayerNormEpsilon = json.ContainsKey("layer_norm_eps") ? Epsilon(json, file, "layer_norm_eps") : 1e-12,
            Gelu = ParseGelu(file, Text(json, file, "hidden_act", "gelu")),
        };
        if (config.Hidden % config.Heads != 0)
            throw new RetortException($"{file}: hidden_size {config.Hidden} is not a multiple of num_attention_heads {config.Heads}");
        return config;
    }

    /// <summary>The same facts as Hugging Face names them.</summary>
    public JsonObject ToJson() => new()
    {
        ["model_type"] = "bert",
        ["vocab_size"] = VocabularySize,
        ["hidden_size"] = Hidden,
        ["num_hidden_layers"] = Layers,
        ["num_attention_heads"] = Heads,
        ["intermediate_size"] = Intermediate,
        ["max_position_embeddings"] = MaxPositions,
        ["type_vocab_size"] = TokenTypes,
        ["layer_norm_eps"] = LayerNormEpsilon,
        ["hidden_act"] = Gelu == Gelu.Exact ? "gelu" : "gelu_new",
        ["position_embedding_type"] = "absolute",
        ["initializer_range"] = 0.02,
        ["pad_token_id"] = 0,
    };

    internal static JsonObject ReadJson(string file)
    {
        if (!File.Exists(file))
            throw new RetortException($"{file} is missing: expected the configuration of a Hugging Face model there");
        try
        {
            return JsonNode.Parse(File.ReadAllText(file)) as JsonObject
                ?? throw new RetortException($"{file}: expected a JSON object");
        }
        catch (JsonException e)
        {
            throw new RetortException($"{file} is not JSON: {e.Message}", e);
        }
    }

    private static Gelu ParseGelu(string file, string name) => name switch
    {
        "gelu" => Gelu.Exact,
        "gelu_new" or "gelu_pytorch_tanh" or "gelu_fast" => Gelu.Tanh,
        _ => throw new RetortException($"{file}: hidden_act is '{name}': expected gelu, gelu_new or gelu_pytorch_tanh"),
    };

    /// <summary>A text of a configuration; where it is absent, the fallback.</summary>
    internal static string Text(JsonObject json, string file, string key, string fallback)
    {
        if (json[key] is not { } node)
            return fallback;
        if (node is JsonValue value && value.TryGetValue(out string? text))
            return text;
        throw new RetortException($"{file}: {key} is {node.ToJsonString()}: expected text");
    }

    /// <summary>A whole number above 0 that has to be there.</summary>
    internal static int Size(JsonObject json, string file, string key)
    {
        // The largest real models stay below a million in each of these.
        if (json[key] is JsonValue value && value.TryGetValue(out int size) && size is > 0 and <= 4_000_000)
            return size;
        throw new RetortException($"{file}: {key} is {json[key]?.ToJsonString() ?? "missing"}: expected a whole number above 0");
    }

    private static double Epsilon(JsonObject json, string file, string key)
    {
        if (json[key] is JsonValue value && value.TryGetValue(out double number) && number is >= 0 and < 1)
            return number;
        throw new RetortException($"{file}: {key} is {json[key]?.ToJsonString() ?? "null"}: expected a number from 0 to below 1");
    }
}
