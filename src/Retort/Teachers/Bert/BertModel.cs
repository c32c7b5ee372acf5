using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Retort.Teachers.Bert;

/// <summary>
/// A BERT encoder with normalization after each sublayer (Devlin et al. 2018, arXiv:1810.04805). Parameter names are those
/// of Hugging Face's <c>BertModel</c>.
/// </summary>
public sealed class BertModel : Module<Tensor, Tensor?, Tensor>
{
    private readonly BertEmbeddings _embeddings;
    private readonly ModuleList<BertLayer> _layers;
    private readonly Linear _pooler;

    public BertModel(BertConfig config, double dropout) : base(nameof(BertModel))
    {
        _embeddings = new BertEmbeddings(config, dropout);
        _layers = new ModuleList<BertLayer>(
            Enumerable.Range(0, config.Layers).Select(_ => new BertLayer(config, dropout)).ToArray());
        _pooler = Linear(config.Hidden, config.Hidden);
        register_module("embeddings", _embeddings);
        register_module("encoder", new Named(("layer", _layers)));
        register_module("pooler", new Named(("dense", _pooler)));
    }

    /// <summary>(vocabulary, hidden) The word embeddings.</summary>
    public Tensor WordEmbeddings => _embeddings.Words;

    /// <summary>The last layer's states.</summary>
    /// <param name="ids">(texts, tokens) int64, padded with any id.</param>
    /// <param name="mask">(texts, 1, 1, tokens) 0 for a token, −∞ for padding; null where nothing is padded.</param>
    /// <returns>(texts, tokens, hidden)</returns>
    public override Tensor forward(Tensor ids, Tensor? mask)
    {
        using var scope = NewDisposeScope();
        Tensor states = _embeddings.call(ids);
        foreach (BertLayer layer in _layers)
            states = layer.call(states, mask);
        return states.MoveToOuterDisposeScope();
    }

    /// <summary>What the classifier reads of the last layer's states: (texts, hidden), from [CLS] alone.</summary>
    public Tensor Pool(Tensor states)
    {
        using var scope = NewDisposeScope();
        return _pooler.call(states.select(1, 0)).tanh().MoveToOuterDisposeScope();
    }
}

internal sealed class BertEmbeddings : Module<Tensor, Tensor>
{
    private readonly Embedding _words, _positions, _types;
    private readonly LayerNorm _norm;
    private readonly Dropout _dropout;

    public BertEmbeddings(BertConfig config, double dropout) : base(nameof(BertEmbeddings))
    {
        // A batch uses a few hundred of 30,000 rows: sparse gradients spare the rest.
        _words = Embedding(config.VocabularySize, config.Hidden, sparse: true);
        _positions = Embedding(config.MaxPositions, config.Hidden);
        _types = Embedding(config.TokenTypes, config.Hidden);
        _norm = LayerNorm(config.Hidden, config.LayerNormEpsilon);
        _dropout = Dropout(dropout);
        register_module("word_embeddings", _words);
        register_module("position_embeddings", _positions);
        register_module("token_type_embeddings", _types);
        register_module("LayerNorm", _norm);
        register_module("dropout", _dropout);
    }

    public Tensor Words => _words.weight!;

    public override Tensor forward(Tensor ids)
    {
        using var scope = NewDisposeScope();
        Tensor positions = _positions.weight!.narrow(0, 0, ids.shape[1]); // (tokens, hidden)
        Tensor sum = _words.call(ids) + positions + _types.weight![0]; // (texts, tokens, hidden)
        return _dropout.call(_norm.call(sum)).MoveToOuterDisposeScope();
    }
}

internal sealed class BertLayer : Module<Tensor, Tensor?, Tensor>
{
    private readonly BertAttention _attention;
    private readonly Linear _widen;
    private readonly BertOutput _narrow;
    private readonly Gelu _gelu;

    public BertLayer(BertConfig config, double dropout) : base(nameof(BertLayer))
    {
        _attention = new BertAttention(config, dropout);
        _widen = Linear(config.Hidden, config.Intermediate);
        _narrow = new BertOutput(config, config.Intermediate, dropout);
        _gelu = config.Gelu;
        register_module("attention", _attention);
        register_module("intermediate", new Named(("dense", _widen)));
        register_module("output", _narrow);
    }

    public override Tensor forward(Tensor states, Tensor? mask)
    {
        using var scope = NewDisposeScope();
        Tensor attended = _attention.call(states, mask);
        Tensor wide = functional.gelu(_widen.call(attended), _gelu.Approximation());
        return _narrow.call(wide, attended).MoveToOuterDisposeScope();
    }
}

internal sealed class BertAttention : Module<Tensor, Tensor?, Tensor>
{
    private readonly Linear _query, _key, _value;
    private readonly BertOutput _output;
    private readonly int _heads;
    private readonly double _dropout;

    public BertAttention(BertConfig config, double dropout) : base(nameof(BertAttention))
    {
        (_heads, _dropout) = (config.Heads, dropout);
        _query = Linear(config.Hidden, config.Hidden);
        _key = Linear(config.Hidden, config.Hidden);
        _value = Linear(config.Hidden, config.Hidden);
        _output = new BertOutput(config, config.Hidden, dropout);
        register_module("self", new Named(("query", _query), ("key", _key), ("value", _value)));
        register_module("output", _output);
    }

    public override Tensor forward(Tensor states, Tensor? mask)
    {
        using var scope = NewDisposeScope();
        Tensor mixed = functional.scaled_dot_product_attention(Split(_query.call(states)), Split(_key.call(states)),
            Split(_value.call(states)), mask, training ? _dropout : 0);
        Tensor merged = mixed.transpose(1, 2).reshape(states.shape); // (texts, tokens, hidden)
        return _output.call(merged, states).MoveToOuterDisposeScope();
    }

    private Tensor Split(Tensor x) =>
        x.view(x.shape[0], x.shape[1], _heads, -1).transpose(1, 2); // (texts, heads, tokens, hidden / heads)
}

/// <summary>Projects back to the hidden width, adds what came in, normalizes.</summary>
internal sealed class BertOutput : Module<Tensor, Tensor, Tensor>
{
    private readonly Linear _dense;
    private readonly LayerNorm _norm;
    private readonly Dropout _dropout;

    public BertOutput(BertConfig config, int width, double dropout) : base(nameof(BertOutput))
    {
        _dense = Linear(width, config.Hidden);
        _norm = LayerNorm(config.Hidden, config.LayerNormEpsilon);
        _dropout = Dropout(dropout);
        register_module("dense", _dense);
        register_module("LayerNorm", _norm);
        register_module("dropout", _dropout);
    }

    public override Tensor forward(Tensor wide, Tensor residual)
    {
        using var scope = NewDisposeScope();
        return _norm.call(_dropout.call(_dense.call(wide)) + residual).MoveToOuterDisposeScope();
    }
}

/// <summary>A level of names without computation of its own.</summary>
internal sealed class Named : Module
{
    public Named(params (string Name, Module Module)[] children) : base(nameof(Named))
    {
        foreach ((string name, Module module) in children)
            register_module(name, module);
    }
}

internal static class GeluForms
{
    /// <summary>What libtorch calls it.</summary>
    public static TorchSharp.Modules.GELU.Approximate Approximation(this Gelu gelu) =>
        gelu == Gelu.Exact ? TorchSharp.Modules.GELU.Approximate.none : TorchSharp.Modules.GELU.Approximate.tanh;
}
