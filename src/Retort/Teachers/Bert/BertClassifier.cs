using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Retort.Teachers.Bert;

/// <summary>A BERT encoder with the pooler and linear head of <c>BertForSequenceClassification</c>.</summary>
public sealed class BertClassifier : Module
{
    /// <summary>The table of word embeddings, whose gradients are sparse.</summary>
    public const string WordEmbeddingWeight = "bert.embeddings.word_embeddings.weight";

    private readonly BertModel _encoder;
    private readonly Linear _classifier;
    private readonly Dropout _dropout;

    public BertClassifier(BertConfig config, int classes, double dropout) : base(nameof(BertClassifier))
    {
        _encoder = new BertModel(config, dropout);
        _dropout = Dropout(dropout);
        _classifier = Linear(config.Hidden, classes);
        register_module("bert", _encoder);
        register_module("classifier", _classifier);
        register_module("dropout", _dropout);
    }

    /// <summary>(vocabulary, hidden) The encoder's word embeddings.</summary>
    public Tensor WordEmbeddings => _encoder.WordEmbeddings;

    /// <summary>The last layer's states: (texts, tokens, hidden). Arguments as <see cref="BertModel.forward"/>.</summary>
    public Tensor Encode(Tensor ids, Tensor? mask) => _encoder.call(ids, mask);

    /// <summary>Logits from the last layer's states.</summary>
    /// <param name="states">(texts, tokens, hidden); the first token is [CLS].</param>
    /// <returns>(texts, classes)</returns>
    public Tensor Classify(Tensor states)
    {
        using var scope = NewDisposeScope();
        return _classifier.call(_dropout.call(_encoder.Pool(states))).MoveToOuterDisposeScope();
    }
}
