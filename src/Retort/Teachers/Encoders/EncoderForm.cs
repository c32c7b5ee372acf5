namespace Retort.Teachers.Encoders;

/// <summary>What tells one kind of encoder from another beside its sizes: names, and where the arithmetic differs.</summary>
internal sealed record EncoderForm
{
    private static readonly LayerForm BertLayer = new(
        "attention.self.query", "attention.self.key", "attention.self.value", "attention.output.dense", "attention.output.LayerNorm",
        "intermediate.dense", "output.dense", "output.LayerNorm", DropsAttention: true, DropsFeedForward: true);

    private static readonly ConfigKeys BertKeys = new("hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size", "hidden_act");

    private static readonly EncoderForm Bert = new()
    {
        ModelType = "bert",
        Root = "bert",
        Architecture = "BertForSequenceClassification",
        Keys = BertKeys,
        LayerList = "encoder.layer",
        Layer = BertLayer,
        Pooler = "pooler.dense",
        Output = "classifier",
        Unused = ["cls."],
    };

    private static readonly EncoderForm DistilBert = new()
    {
        ModelType = "distilbert",
        Root = "distilbert",
        Architecture = "DistilBertForSequenceClassification",
        Keys = new("dim", "n_layers", "n_heads", "hidden_dim", "activation"),
        LayerList = "transformer.layer",
        Layer = new("attention.q_lin", "attention.k_lin", "attention.v_lin", "attention.out_lin", "sa_layer_norm",
            "ffn.lin1", "ffn.lin2", "output_layer_norm", DropsAttention: false, DropsFeedForward: true),
        Dense = new("pre_classifier", IsTanh: false, DropsInput: false),
        Output = "classifier",
        Unused = ["vocab_transform.", "vocab_layer_norm.", "vocab_projector.", "qa_outputs."],
    };

    private static readonly EncoderForm Roberta = new()
    {
        ModelType = "roberta",
        Root = "roberta",
        Architecture = "RobertaForSequenceClassification",
        Keys = BertKeys,
        LayerList = "encoder.layer",
        Layer = BertLayer,
        Dense = new("classifier.dense", IsTanh: true, DropsInput: true),
        Output = "classifier.out_proj",
        Unused = ["lm_head.", "roberta.pooler.", "pooler."],
    };

    private static readonly EncoderForm Albert = new()
    {
        ModelType = "albert",
        Root = "albert",
        Architecture = "AlbertForSequenceClassification",
        Keys = BertKeys,
        LayerList = "encoder.albert_layer_groups",
        Layer = new("attention.query", "attention.key", "attention.value", "attention.dense", "attention.LayerNorm",
            "ffn", "ffn_output", "full_layer_layer_norm", DropsAttention: true, DropsFeedForward: false),
        Pooler = "pooler",
        Output = "classifier",
        Unused = ["predictions.", "sop_classifier."],
    };

    private static readonly Dictionary<EncoderKind, EncoderForm> All = new()
    {
        [EncoderKind.Bert] = Bert,
        [EncoderKind.DistilBert] = DistilBert,
        [EncoderKind.Roberta] = Roberta,
        [EncoderKind.XlmRoberta] = Roberta with { ModelType = "xlm-roberta", Architecture = "XLMRobertaForSequenceClassification" },
        [EncoderKind.Albert] = Albert,
    };

    /// <summary>What config.json calls it.</summary>
    public required string ModelType { get; init; }

    /// <summary>What the names of its encoder's tensors begin with.</summary>
    public required string Root { get; init; }

    /// <summary>Hugging Face's class of the classifier.</summary>
    public required string Architecture { get; init; }

    /// <summary>How config.json names the sizes.</summary>
    public required ConfigKeys Keys { get; init; }

    /// <summary>The list that holds the layers, or ALBERT's groups of them.</summary>
    public required string LayerList { get; init; }

    public required LayerForm Layer { get; init; }

    /// <summary>The dense layer, with tanh, between [CLS] and the classifier that belongs to the encoder; null: none does.</summary>
    public string? Pooler { get; init; }

    /// <summary>The one that belongs to the classifier instead.</summary>
    public DenseForm? Dense { get; init; }

    /// <summary>The classifier's last layer.</summary>
    public required string Output { get; init; }

    /// <summary>What names begin with of heads of pre-training, which a classifier has no use for.</summary>
    public required string[] Unused { get; init; }

    /// <summary>The table of word embeddings.</summary>
    public string WordEmbeddings => $"{Root}.embeddings.word_embeddings.weight";

    public static EncoderForm Of(EncoderKind kind) => All[kind];

    /// <summary>The kind that config.json names, or null.</summary>
    public static EncoderKind? Find(string modelType)
    {
        foreach ((EncoderKind kind, EncoderForm form) in All)
        {
            if (form.ModelType == modelType)
                return kind;
        }
        return null;
    }

    /// <summary>All that are read, as config.json names them.</summary>
    public static IEnumerable<string> ModelTypes => All.Values.Select(form => form.ModelType);

    /// <summary>Whether a parameter belongs to the classifier, and not to the encoder.</summary>
    public bool IsOfHead(string name) => !name.StartsWith(Root + ".", StringComparison.Ordinal);
}

/// <summary>Keys of config.json.</summary>
internal sealed record ConfigKeys(string Hidden, string Layers, string Heads, string Intermediate, string Activation);

/// <summary>The names within a layer, and after which of its two halves dropout stands.</summary>
internal sealed record LayerForm(string Query, string Key, string Value, string Attended, string AttentionNorm,
    string Widen, string Narrow, string OutputNorm, bool DropsAttention, bool DropsFeedForward);

/// <summary>A dense layer of the classifier.</summary>
/// <param name="Name">Its name.</param>
/// <param name="IsTanh">tanh follows it; else ReLU.</param>
/// <param name="DropsInput">Whether dropout stands before it, too.</param>
internal sealed record DenseForm(string Name, bool IsTanh, bool DropsInput);
