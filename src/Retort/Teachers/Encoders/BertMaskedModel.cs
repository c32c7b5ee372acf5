using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Retort.Teachers.Encoders;

/// <summary>A BERT encoder with the head of <c>BertForMaskedLM</c>: which token stands in a place.</summary>
internal sealed class BertMaskedModel : Module
{
    /// <summary>What the names of the head's parameters begin with.</summary>
    public const string HeadPrefix = "cls.predictions.";

    private readonly EncoderModel _encoder;
    private readonly BertMaskedHead _head;

    /// <param name="config">The encoder's shape.</param>
    /// <param name="ownDecoder">Whether the head has a table of its own instead of the word embeddings.</param>
    public BertMaskedModel(EncoderConfig config, bool ownDecoder) : base(nameof(BertMaskedModel))
    {
        _encoder = new EncoderModel(config, dropout: 0);
        _head = new BertMaskedHead(config, ownDecoder);
        register_module("bert", _encoder);
        Named.Register(this, [("cls.predictions", _head)]);
    }

    /// <summary>Scores of every token in some places.</summary>
    /// <param name="ids">(texts, tokens) as <see cref="EncoderModel.forward"/>.</param>
    /// <param name="mask">(texts, 1, 1, tokens) as there.</param>
    /// <param name="places">(places) index of each place in all tokens of all texts, row by row.</param>
    /// <returns>(places, vocabulary)</returns>
    public Tensor Score(Tensor ids, Tensor? mask, Tensor places)
    {
        using var scope = NewDisposeScope();
        Tensor states = _encoder.call(ids, mask); // (texts, tokens, hidden)
        Tensor chosen = states.flatten(0, 1).index_select(0, places); // (places, hidden)
        return _head.Score(chosen, _encoder.WordEmbeddings).MoveToOuterDisposeScope();
    }
}

internal sealed class BertMaskedHead : Module
{
    private readonly Linear _dense;
    private readonly LayerNorm _norm;
    private readonly Linear? _decoder;
    private readonly Gelu _gelu;

    public BertMaskedHead(EncoderConfig config, bool ownDecoder) : base(nameof(BertMaskedHead))
    {
        _dense = Linear(config.Hidden, config.Hidden);
        _norm = LayerNorm(config.Hidden, config.LayerNormEpsilon);
        _gelu = config.Gelu;
        Named.Register(this, [("transform.dense", _dense), ("transform.LayerNorm", _norm)]);
        register_parameter("bias", Parameter(zeros(config.VocabularySize)));
        if (!ownDecoder)
            return;
        _decoder = Linear(config.Hidden, config.VocabularySize, hasBias: false);
        register_module("decoder", _decoder);
    }

    /// <summary>(places, hidden) → (places, vocabulary)</summary>
    public Tensor Score(Tensor states, Tensor embeddings)
    {
        using var scope = NewDisposeScope();
        Tensor turned = _norm.call(functional.gelu(_dense.call(states), _gelu.Approximation()));
        return (turned.matmul((_decoder?.weight ?? embeddings).t()) + get_parameter("bias")!).MoveToOuterDisposeScope();
    }
}
