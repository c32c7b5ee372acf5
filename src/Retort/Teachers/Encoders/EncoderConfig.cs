using System.Text.Json.Nodes;
using Retort.Runs;

namespace Retort.Teachers.Encoders;

/// <summary>The kind and shape of an encoder, from a Hugging Face <c>config.json</c>. Immutable.</summary>
public sealed record EncoderConfig
{
    public required EncoderKind Kind { get; init; }

    public required int VocabularySize { get; init; }

    /// <summary>Width of the embeddings, which ALBERT projects to <see cref="Hidden"/>.</summary>
    public required int EmbeddingWidth { get; init; }

    public required int Hidden { get; init; }

    /// <summary>How many layers a text passes through.</summary>
    public required int Layers { get; init; }

    public required int Heads { get; init; }

    public required int Intermediate { get; init; }

    /// <summary>Rows of the table of positions.</summary>
    public required int MaxPositions { get; init; }

    /// <summary>0: it has none.</summary>
    public int TokenTypes { get; init; }

    public int PaddingId { get; init; }

    public double LayerNormEpsilon { get; init; } = 1e-12;

    public Gelu Gelu { get; init; } = Gelu.Exact;

    /// <summary>Groups of layers that ALBERT has weights of; each is passed <see cref="Layers"/> / Groups times in a row.</summary>
    public int Groups { get; init; } = 1;

    /// <summary>Layers of a group, each with weights of its own.</summary>
    public int GroupLayers { get; init; } = 1;

    /// <summary>Whether DistilBERT's positions began as sines; they are read from the weights all the same.</summary>
    public bool SinusoidalPositions { get; init; }

    /// <summary>Whether positions are counted from behind the padding's id.</summary>
    internal bool CountsFromPadding => Kind is EncoderKind.Roberta or EncoderKind.XlmRoberta;

    /// <summary>Longest input in tokens.</summary>
    public int MaxLength => CountsFromPadding ? MaxPositions - PaddingId - 1 : MaxPositions;

    internal EncoderForm Form => EncoderForm.Of(Kind);

    /// <summary>Reads and checks the config.json of a folder.</summary>
    /// <exception cref="RetortException">It is not of an encoder that is read, or a number in it cannot be.</exception>
    public static EncoderConfig Load(string folder) => Read(ConfigFile.OfFolder(folder));

    internal static EncoderConfig Read(ConfigFile file)
    {
        string type = file.Text("model_type", "bert");
        EncoderKind kind = EncoderForm.Find(type)
            ?? throw new RetortException($"{file.Path}: model_type is '{type}': expected one of {string.Join(", ", EncoderForm.ModelTypes)}, "
                + "the kinds that are fine-tuned and read here; of another, bring an .onnx file or a file of its logits");
        string position = file.Text("position_embedding_type", "absolute");
        if (position != "absolute")
            throw new RetortException($"{file.Path}: position_embedding_type is '{position}': expected 'absolute'");
        ConfigKeys keys = EncoderForm.Of(kind).Keys;
        int hidden = file.Size(keys.Hidden);
        var config = new EncoderConfig
        {
            Kind = kind,
            VocabularySize = file.Size("vocab_size"),
            EmbeddingWidth = kind == EncoderKind.Albert ? file.Size("embedding_size", 128) : hidden,
            Hidden = hidden,
            Layers = file.Size(keys.Layers),
            Heads = file.Size(keys.Heads),
            Intermediate = file.Size(keys.Intermediate),
            MaxPositions = file.Size("max_position_embeddings"),
            TokenTypes = kind == EncoderKind.DistilBert ? 0 : file.Size("type_vocab_size", 2),
            LayerNormEpsilon = kind == EncoderKind.DistilBert ? 1e-12 : file.Fraction("layer_norm_eps", 1e-12),
            Gelu = ParseGelu(file, keys.Activation, kind == EncoderKind.Albert ? "gelu_new" : "gelu"),
        };
        config = kind switch
        {
            EncoderKind.DistilBert => config with { SinusoidalPositions = file.Flag("sinusoidal_pos_embds", false) },
            EncoderKind.Roberta or EncoderKind.XlmRoberta => config with { PaddingId = file.Id("pad_token_id", 1) },
            EncoderKind.Albert => config with { Groups = file.Size("num_hidden_groups", 1), GroupLayers = file.Size("inner_group_num", 1) },
            _ => config,
        };
        config.Check(file.Path);
        return config;
    }

    /// <summary>The same encoder with its lowest layers alone; of ALBERT, with fewer passes through those that are shared.</summary>
    /// <exception cref="UsageException">It has fewer, or groups that cannot be cut there.</exception>
    public EncoderConfig Cut(int layers)
    {
        if (layers > Layers)
            throw new UsageException($"teacher.layers is {layers}, but the encoder has {Layers}: expected 0 to {Layers}") { Key = "teacher.layers" };
        if (layers == 0 || Groups == 1)
            return this with { Layers = layers > 0 ? layers : Layers };
        int passes = Layers / Groups;
        return layers % passes == 0 ? this with { Layers = layers, Groups = layers / passes }
            : throw new UsageException($"teacher.layers is {layers}, but each of the encoder's {Groups} groups of layers is passed {passes} times: "
                + $"expected a multiple of {passes}")
            { Key = "teacher.layers" };
    }

    /// <summary>The same facts as Hugging Face names them.</summary>
    public JsonObject ToJson()
    {
        ConfigKeys keys = Form.Keys;
        var json = new JsonObject { ["model_type"] = Form.ModelType, ["vocab_size"] = VocabularySize };
        if (Kind == EncoderKind.Albert)
            json["embedding_size"] = EmbeddingWidth;
        json[keys.Hidden] = Hidden;
        json[keys.Layers] = Layers;
        if (Kind == EncoderKind.Albert)
            (json["num_hidden_groups"], json["inner_group_num"]) = (Groups, GroupLayers);
        json[keys.Heads] = Heads;
        json[keys.Intermediate] = Intermediate;
        json["max_position_embeddings"] = MaxPositions;
        if (Kind == EncoderKind.DistilBert)
            json["sinusoidal_pos_embds"] = SinusoidalPositions;
        else
            (json["type_vocab_size"], json["layer_norm_eps"]) = (TokenTypes, LayerNormEpsilon);
        json[keys.Activation] = Gelu == Gelu.Exact ? "gelu" : "gelu_new";
        if (Kind != EncoderKind.DistilBert)
            json["position_embedding_type"] = "absolute";
        json["initializer_range"] = 0.02;
        json["pad_token_id"] = PaddingId;
        return json;
    }

    private void Check(string file)
    {
        if (Hidden % Heads != 0)
            throw new RetortException($"{file}: {Form.Keys.Hidden} {Hidden} is not a multiple of {Form.Keys.Heads} {Heads}");
        if (Layers % Groups != 0)
            throw new RetortException($"{file}: num_hidden_groups is {Groups}: expected a number that divides num_hidden_layers, {Layers}");
        if (PaddingId >= VocabularySize)
            throw new RetortException($"{file}: pad_token_id is {PaddingId}: expected an id below vocab_size, {VocabularySize}");
        // Of two frames and one token.
        if (MaxLength < 3)
        {
            throw new RetortException($"{file}: max_position_embeddings is {MaxPositions}{(CountsFromPadding ? $", of which {PaddingId + 1} stand before the first token" : "")}: "
                + "expected room for 3 tokens");
        }
    }

    private static Gelu ParseGelu(ConfigFile file, string key, string fallback) => file.Text(key, fallback) switch
    {
        "gelu" => Gelu.Exact,
        "gelu_new" or "gelu_pytorch_tanh" or "gelu_fast" => Gelu.Tanh,
        string name => throw new RetortException($"{file.Path}: {key} is '{name}': expected gelu, gelu_new or gelu_pytorch_tanh"),
    };
}
