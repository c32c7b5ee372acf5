using Retort.Training;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Retort.Teachers.Encoders;

/// <summary>Self-attention and a feed-forward network, each added to what came in and then normalized.</summary>
internal sealed class EncoderLayer : Module<Tensor, Tensor?, Tensor>
{
    private readonly Linear _query, _key, _value, _attended, _widen, _narrow;
    private readonly LayerNorm _attentionNorm, _outputNorm;
    private readonly Gelu _gelu;
    private readonly int _heads;
    private readonly double _dropout;
    private readonly LayerForm _form;

    public EncoderLayer(EncoderConfig config, double dropout) : base(nameof(EncoderLayer))
    {
        (_heads, _dropout, _gelu, _form) = (config.Heads, dropout, config.Gelu, config.Form.Layer);
        _query = Linear(config.Hidden, config.Hidden);
        _key = Linear(config.Hidden, config.Hidden);
        _value = Linear(config.Hidden, config.Hidden);
        _attended = Linear(config.Hidden, config.Hidden);
        _attentionNorm = LayerNorm(config.Hidden, config.LayerNormEpsilon);
        _widen = Linear(config.Hidden, config.Intermediate);
        _narrow = Linear(config.Intermediate, config.Hidden);
        _outputNorm = LayerNorm(config.Hidden, config.LayerNormEpsilon);
        Named.Register(this, [(_form.Query, _query), (_form.Key, _key), (_form.Value, _value), (_form.Attended, _attended),
            (_form.AttentionNorm, _attentionNorm), (_form.Widen, _widen), (_form.Narrow, _narrow), (_form.OutputNorm, _outputNorm)]);
    }

    /// <summary>Of its products with weights.</summary>
    public Precision Precision { get; set; }

    public override Tensor forward(Tensor states, Tensor? mask)
    {
        using var scope = NewDisposeScope();
        Tensor attended = _attentionNorm.call(Drop(Product(_attended, Attend(states, mask)), _form.DropsAttention) + states);
        Tensor wide = functional.gelu(Product(_widen, attended), _gelu.Approximation());
        return _outputNorm.call(Drop(Product(_narrow, wide), _form.DropsFeedForward) + attended).MoveToOuterDisposeScope();
    }

    /// <summary>What the softmax of attention is of, padding and all: (texts, heads, tokens, tokens), query by key.</summary>
    public Tensor Scores(Tensor states)
    {
        using var scope = NewDisposeScope();
        Tensor query = Split(Product(_query, states)), key = Split(Product(_key, states));
        return (query.matmul(key.transpose(2, 3)) / Math.Sqrt(query.shape[3])).MoveToOuterDisposeScope();
    }

    private Tensor Attend(Tensor states, Tensor? mask)
    {
        Tensor mixed = functional.scaled_dot_product_attention(Split(Product(_query, states)), Split(Product(_key, states)),
            Split(Product(_value, states)), mask, training ? _dropout : 0);
        return mixed.transpose(1, 2).reshape(states.shape); // (texts, tokens, hidden)
    }

    private Tensor Product(Linear layer, Tensor x) => MixedPrecision.Linear(layer, x, Precision);

    private Tensor Split(Tensor x) =>
        x.view(x.shape[0], x.shape[1], _heads, -1).transpose(1, 2); // (texts, heads, tokens, hidden / heads)

    private Tensor Drop(Tensor x, bool here) => here ? functional.dropout(x, _dropout, training) : x;
}

internal static class GeluForms
{
    /// <summary>What libtorch calls it.</summary>
    public static TorchSharp.Modules.GELU.Approximate Approximation(this Gelu gelu) =>
        gelu == Gelu.Exact ? TorchSharp.Modules.GELU.Approximate.none : TorchSharp.Modules.GELU.Approximate.tanh;
}
