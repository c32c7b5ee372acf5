namespace Retort.Teachers.Encoders;

/// <summary>A family of encoders that are computed alike and saved under the same names.</summary>
public enum EncoderKind
{
    /// <summary>Devlin et al. 2018, arXiv:1810.04805.</summary>
    Bert,

    /// <summary>BERT without token types and pooler (Sanh et al. 2019, arXiv:1910.01108).</summary>
    DistilBert,

    /// <summary>BERT whose positions begin behind the padding's id (Liu et al. 2019, arXiv:1907.11692).</summary>
    Roberta,

    /// <summary>RoBERTa of a hundred languages (Conneau et al. 2019, arXiv:1911.02116).</summary>
    XlmRoberta,

    /// <summary>BERT with narrow embeddings, whose layers share their weights (Lan et al. 2019, arXiv:1909.11942).</summary>
    Albert,
}

/// <summary>The non-linearity of the feed-forward layers.</summary>
public enum Gelu
{
    /// <summary>x·Φ(x).</summary>
    Exact,

    /// <summary>The tanh approximation: gelu_new, gelu_pytorch_tanh.</summary>
    Tanh,
}
