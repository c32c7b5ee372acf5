using Retort.Runtime.Model;
using Retort.Training;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Retort.Students;

/// <summary>
/// The student: token embeddings, windows of convolution, an activation, pooling over positions, and a classifier on the
/// pooled vector (Kim 2014, arXiv:1408.5882). Everything before the activation is linear per token, and what follows it is
/// small, so all of it folds into per-token tables. Gradients of the two tables are sparse, each row at most once.
/// </summary>
public sealed class TextCnn : nn.Module<TextBatch, Tensor>
{
    private readonly Embedding _embedding;
    private readonly LayerNorm? _embeddingNorm;
    private readonly Linear? _projection;
    private readonly WindowConvolutions _convolution;
    private readonly Embedding? _ngram;
    private readonly Linear? _hidden;
    private readonly Linear _classifier;
    private readonly double _dropout;

    /// <summary>A student with random weights.</summary>
    /// <param name="shape">Its sizes.</param>
    /// <param name="dropout">Share of the pooled features that training drops.</param>
    /// <param name="seed">Seed of the weights; dropout draws from libtorch's global generator.</param>
    /// <param name="ngrams">Which buckets have a row, where not all have.</param>
    public TextCnn(StudentShape shape, double dropout, long seed, NgramIndex? ngrams = null) : base(nameof(TextCnn))
    {
        Shape = shape;
        Ngrams = shape.NgramBuckets == 0 ? null : ngrams ?? NgramIndex.All(shape.NgramBuckets);
        if (Ngrams is not null && (Ngrams.Buckets != shape.NgramBuckets || Ngrams.Rows != shape.NgramRowCount))
            throw new ArgumentException($"{Ngrams.Rows} of {Ngrams.Buckets} buckets have a row; expected {shape.NgramRowCount} of {shape.NgramBuckets}", nameof(ngrams));
        _dropout = dropout;
        int sourceWidth = shape.SourceWidth > 0 ? shape.SourceWidth : shape.EmbeddingWidth;
        register_module("embedding", _embedding = nn.Embedding(shape.VocabularySize, sourceWidth, sparse: true));
        if (shape.SourceWidth > 0)
        {
            register_module("embedding_norm", _embeddingNorm = nn.LayerNorm(shape.SourceWidth));
            register_module("projection", _projection = nn.Linear(shape.SourceWidth, shape.EmbeddingWidth));
        }
        register_module("convolution", _convolution = new WindowConvolutions(shape));
        if (shape.NgramBuckets > 0)
            register_module("ngram", _ngram = nn.Embedding(shape.NgramRowCount, shape.NgramWidth, sparse: true));
        if (shape.HiddenWidth > 0)
            register_module("hidden", _hidden = nn.Linear(shape.PooledWidth, shape.HiddenWidth));
        int last = shape.HiddenWidth > 0 ? shape.HiddenWidth : shape.PooledWidth;
        register_module("classifier", _classifier = nn.Linear(last, shape.Classes));
        TextCnnWeights.Initialize(this, seed);
    }

    public StudentShape Shape { get; }

    /// <summary>Which buckets of n-grams have a row; null: the student reads none.</summary>
    public NgramIndex? Ngrams { get; }

    /// <summary>The runtime's rounding, to be trained with: features are then its own, and gradients those of single precision (Bengio et al. 2013, arXiv:1308.3432); null: none.</summary>
    internal IntegerFeatures? Rounding { get; set; }

    /// <summary>Arithmetic of the convolutions in training; what it answers is float32 always.</summary>
    internal Precision Precision { set => _convolution.Precision = value; }

    /// <summary>Logits: (batch, classes).</summary>
    public override Tensor forward(TextBatch input)
    {
        using var scope = NewDisposeScope();
        return Classify(Features(input)).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// The pooled vector of each text: (batch, pooled width), its parts in the order of
    /// <see cref="StudentShape.PooledWidth"/>.
    /// </summary>
    public Tensor Features(TextBatch batch)
    {
        using var scope = NewDisposeScope();
        return Pool(FeatureMap(batch), batch).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// What the windows find at each position, one window behind the other: (batch, length, windows · filters). What stands at padding means nothing.
    /// </summary>
    public Tensor FeatureMap(TextBatch batch)
    {
        using var scope = NewDisposeScope();
        return cat(Array.ConvertAll(_convolution.call(Embed(batch)), Activate), 2).MoveToOuterDisposeScope();
    }

    /// <summary>The pooled vectors of a feature map, with the n-grams of its batch behind them.</summary>
    public Tensor Pool(Tensor map, TextBatch batch)
    {
        using var scope = NewDisposeScope();
        List<Tensor> parts = [PoolMaximum(map, batch)];
        if (Shape.Pooling == Pooling.MaxMean)
            parts.Add(PoolMean(map, batch));
        if (_ngram is not null)
            parts.Add(SumNgrams(batch));
        Tensor features = cat(parts, 1);
        // The difference is 0 to the bit, and carries the gradient.
        return (Rounding is null ? features : Rounding.Of(this, batch) + (features - features.detach())).MoveToOuterDisposeScope();
    }

    /// <summary>(batch, pooled width) → logits (batch, classes).</summary>
    public Tensor Classify(Tensor features)
    {
        using var scope = NewDisposeScope();
        Tensor input = nn.functional.dropout(features, _dropout, training);
        if (_hidden is not null)
            input = nn.functional.relu(_hidden.call(input));
        return _classifier.call(input).MoveToOuterDisposeScope();
    }

    /// <summary>What the convolutions read for each of some tokens: (tokens) ids → (tokens, embedding width).</summary>
    public Tensor EmbedTokens(Tensor ids)
    {
        using var scope = NewDisposeScope();
        Tensor rows = _embedding.call(ids);
        if (_embeddingNorm is not null)
            rows = _projection!.call(_embeddingNorm.call(rows));
        return rows.MoveToOuterDisposeScope();
    }

    /// <summary>Sets where the embeddings begin.</summary>
    /// <param name="rows">(vocabulary, source width or embedding width).</param>
    /// <param name="known">(vocabulary, 1) bool: which rows to set; null: all.</param>
    public void StartEmbeddings(Tensor rows, Tensor? known = null)
    {
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        Parameter weight = _embedding.weight!;
        if (!rows.shape.SequenceEqual(weight.shape))
        {
            throw new ArgumentException($"the embeddings are ({string.Join(", ", rows.shape)}), "
                + $"the student's ({string.Join(", ", weight.shape)})");
        }
        weight.copy_(known is null ? rows : where(known, rows, weight));
    }

    /// <summary>
    /// The tensors of the folded student, in the caller's DisposeScope: everything that stands before the convolution is
    /// computed once for each token.
    /// </summary>
    public IEnumerable<(string Name, Tensor Value)> Fold()
    {
        using var guard = no_grad();
        Dictionary<string, Tensor> tensors = named_parameters().ToDictionary(p => p.name, p => (Tensor)p.parameter);
        tensors[StudentShape.EmbeddingWeight] = EmbedTokens(arange(Shape.VocabularySize, device: _embedding.weight!.device));
        return Shape.Weights().Select(t => (t.Name, tensors[t.Name])).ToArray();
    }

    // (batch, length, embedding width), zero rows at padding.
    private Tensor Embed(TextBatch batch)
    {
        long count = batch.Positions.shape[0], length = batch.Positions.shape[1];
        Tensor rows = EmbedTokens(batch.Tokens).index_select(0, batch.Positions.flatten());
        return rows.view(count, length, Shape.EmbeddingWidth) * batch.Mask;
    }

    // (batch, length, raw channels) → (batch, length, filters); pooling leaves out what stands at padding.
    private Tensor Activate(Tensor raw) =>
        Shape.Activation == Activation.Gated ? nn.functional.glu(raw, 2) : nn.functional.relu(raw);

    private static Tensor PoolMaximum(Tensor map, TextBatch batch)
    {
        Tensor masked = map + batch.Mask.log(); // log: 0 at a token, −∞ at padding
        return masked.max(1).values.masked_fill(batch.Lengths == 0, 0); // (batch, filters)
    }

    private static Tensor PoolMean(Tensor map, TextBatch batch) =>
        (map * batch.Mask).sum(1) / batch.Lengths.clamp(1); // (batch, filters)

    private Tensor SumNgrams(TextBatch batch)
    {
        NgramBatch ngrams = batch.Ngrams
            ?? throw new ArgumentException("the student reads n-grams, but the batch was made without them");
        long count = batch.Positions.shape[0];
        Tensor rows = _ngram!.call(ngrams.Rows).index_select(0, ngrams.Index); // (n-grams, width)
        Tensor sums = zeros(NgramHash.Orders * count, Shape.NgramWidth, device: rows.device, dtype: rows.dtype)
            .index_add(0, ngrams.Bag, rows, 1);
        return sums.view(count, NgramHash.Orders * Shape.NgramWidth) / batch.Lengths.clamp(1).sqrt();
    }
}
