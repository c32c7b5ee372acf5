using Retort.Training;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Retort.Teachers.Encoders;

/// <summary>An encoder with the classifier of Hugging Face's <c>…ForSequenceClassification</c> of its kind.</summary>
public sealed class EncoderClassifier : Module
{
    private readonly EncoderModel _encoder;
    private readonly EncoderForm _form;
    private readonly Linear? _dense;
    private readonly Linear _output;
    private readonly Dropout _dropout;

    public EncoderClassifier(EncoderConfig config, int classes, double dropout) : base(nameof(EncoderClassifier))
    {
        _form = config.Form;
        _encoder = new EncoderModel(config, dropout);
        _dropout = Dropout(dropout);
        _dense = _form.Dense is null ? null : Linear(config.Hidden, config.Hidden);
        _output = Linear(config.Hidden, classes);
        register_module(_form.Root, _encoder);
        Named.Register(this, _dense is null ? [(_form.Output, _output)] : [(_form.Dense!.Name, _dense), (_form.Output, _output)]);
        register_module("dropout", _dropout);
    }

    /// <summary>The name of the table of word embeddings, whose gradients are sparse.</summary>
    public string WordEmbeddingName => _form.WordEmbeddings;

    /// <inheritdoc cref="EncoderModel.Precision"/>
    public Precision Precision { set => _encoder.Precision = value; }

    /// <inheritdoc cref="EncoderModel.Freeze"/>
    public void Freeze(int layers) => _encoder.Freeze(layers);

    /// <summary>(vocabulary, embedding width) The encoder's word embeddings.</summary>
    public Tensor WordEmbeddings => _encoder.WordEmbeddings;

    /// <summary>The last layer's states: (texts, tokens, hidden). Arguments as <see cref="EncoderModel.forward"/>.</summary>
    public Tensor Encode(Tensor ids, Tensor? mask) => _encoder.call(ids, mask);

    /// <summary>The same, with what a probe wants to know of the layers below.</summary>
    internal Tensor Encode(Tensor ids, Tensor? mask, LayerProbe probe) => _encoder.Encode(ids, mask, probe);

    /// <summary>Logits from the last layer's states.</summary>
    /// <param name="states">(texts, tokens, hidden); the first token is [CLS].</param>
    /// <returns>(texts, classes)</returns>
    public Tensor Classify(Tensor states)
    {
        using var scope = NewDisposeScope();
        Tensor pooled = _form.Dense is { } dense ? ReadFirst(states.select(1, 0), dense) : _encoder.Pool(states);
        return _output.call(_dropout.call(pooled)).MoveToOuterDisposeScope();
    }

    private Tensor ReadFirst(Tensor first, DenseForm form)
    {
        Tensor dense = _dense!.call(form.DropsInput ? _dropout.call(first) : first);
        return form.IsTanh ? dense.tanh() : dense.relu();
    }
}
