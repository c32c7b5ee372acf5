using Retort.Runs;
using Retort.Training;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Retort.Teachers.Encoders;

/// <summary>
/// An encoder with normalization after each sublayer: BERT and its kin. Parameter names are those of Hugging Face's model of
/// the kind.
/// </summary>
public sealed class EncoderModel : Module<Tensor, Tensor?, Tensor>
{
    private readonly EncoderEmbeddings _embeddings;
    private readonly Linear? _projection;
    private readonly EncoderLayer[] _passes;
    private readonly int _layersAPass;
    private readonly Linear? _pooler;

    public EncoderModel(EncoderConfig config, double dropout) : base(nameof(EncoderModel))
    {
        EncoderForm form = config.Form;
        _embeddings = new EncoderEmbeddings(config, dropout);
        _projection = config.Kind == EncoderKind.Albert ? Linear(config.EmbeddingWidth, config.Hidden) : null;
        (string Path, EncoderLayer Layer)[] layers = LayerPaths(config)
            .Select(path => (path, new EncoderLayer(config, dropout))).ToArray();
        _layersAPass = config.GroupLayers;
        // Layer by layer, or ALBERT's groups, each several times in a row.
        int passes = config.Layers / config.Groups;
        _passes = config.Kind == EncoderKind.Albert
            ? [.. layers.Chunk(config.GroupLayers).SelectMany(group => Enumerable.Repeat(group, passes)).SelectMany(group => group).Select(entry => entry.Layer)]
            : Array.ConvertAll(layers, entry => entry.Layer);
        _pooler = form.Pooler is null ? null : Linear(config.Hidden, config.Hidden);
        Named.Register(this, [("embeddings", _embeddings), .. Optional("encoder.embedding_hidden_mapping_in", _projection),
            .. layers.Select(entry => (entry.Path, (Module)entry.Layer)), .. Optional(form.Pooler, _pooler)]);
    }

    /// <summary>(vocabulary, embedding width) The word embeddings.</summary>
    public Tensor WordEmbeddings => _embeddings.Words;

    /// <summary>Arithmetic of the layers' products.</summary>
    public Precision Precision { set => Array.ForEach(_passes, pass => pass.Precision = value); }

    /// <summary>Lets neither the embeddings nor the lowest layers learn.</summary>
    /// <param name="layers">How many, of ALBERT's passes; 0: everything learns, the embeddings too.</param>
    /// <exception cref="UsageException">There are fewer, or one of them has the weights of one above.</exception>
    public void Freeze(int layers)
    {
        if (layers == 0)
            return;
        int all = _passes.Length / _layersAPass;
        if (layers > all)
            throw new UsageException($"teacher.frozen_layers is {layers}, but the encoder that is fine-tuned has {all}: expected 0 to {all}") { Key = "teacher.frozen_layers" };
        EncoderLayer[] frozen = _passes[..(layers * _layersAPass)];
        if (frozen.Intersect(_passes[frozen.Length..]).Any())
        {
            throw new UsageException($"teacher.frozen_layers is {layers}, but layer {layers} shares its weights with the next: "
                + $"expected 0, {all}, or a number of layers that share none")
            { Key = "teacher.frozen_layers" };
        }
        foreach (Module part in new Module?[] { _embeddings, _projection }.Concat(frozen).OfType<Module>())
        {
            foreach (Parameter parameter in part.parameters())
                parameter.requires_grad = false;
        }
    }

    /// <summary>The last layer's states.</summary>
    /// <param name="ids">(texts, tokens) int64, padded at the end with any id.</param>
    /// <param name="mask">(texts, 1, 1, tokens) 0 for a token, −∞ for padding; null where nothing is padded.</param>
    /// <returns>(texts, tokens, hidden)</returns>
    public override Tensor forward(Tensor ids, Tensor? mask) => Encode(ids, mask, null);

    /// <summary>The same, with what a probe wants to know of the layers below.</summary>
    internal Tensor Encode(Tensor ids, Tensor? mask, LayerProbe? probe)
    {
        using var scope = NewDisposeScope();
        Tensor states = _embeddings.call(ids);
        if (_projection is not null)
            states = _projection.call(states);
        probe?.See(0, states);
        for (int k = 0; k < _passes.Length; k++)
        {
            if (probe?.WantsScores(k + 1) == true)
                probe.SeeScores(k + 1, _passes[k].Scores(states));
            states = _passes[k].call(states, mask);
            probe?.See(k + 1, states);
        }
        return states.MoveToOuterDisposeScope();
    }

    /// <summary>What the classifier reads of the last layer's states, from [CLS] alone: (texts, hidden).</summary>
    /// <exception cref="InvalidOperationException">The kind has no pooler.</exception>
    public Tensor Pool(Tensor states)
    {
        using var scope = NewDisposeScope();
        Linear pooler = _pooler ?? throw new InvalidOperationException("this kind of encoder has no pooler");
        return pooler.call(states.select(1, 0)).tanh().MoveToOuterDisposeScope();
    }

    private static IEnumerable<string> LayerPaths(EncoderConfig config) => config.Kind == EncoderKind.Albert
        ? from g in Enumerable.Range(0, config.Groups)
          from k in Enumerable.Range(0, config.GroupLayers)
          select $"{config.Form.LayerList}.{g}.albert_layers.{k}"
        : Enumerable.Range(0, config.Layers).Select(k => $"{config.Form.LayerList}.{k}");

    private static (string, Module)[] Optional(string? path, Module? module) => module is null ? [] : [(path!, module)];
}

internal sealed class EncoderEmbeddings : Module<Tensor, Tensor>
{
    private readonly Embedding _words, _positions;
    private readonly Embedding? _types;
    private readonly LayerNorm _norm;
    private readonly Dropout _dropout;
    private readonly int? _paddingId;

    public EncoderEmbeddings(EncoderConfig config, double dropout) : base(nameof(EncoderEmbeddings))
    {
        // A batch uses a few hundred of 30,000 rows: sparse gradients spare the rest.
        _words = Embedding(config.VocabularySize, config.EmbeddingWidth, sparse: true);
        _positions = Embedding(config.MaxPositions, config.EmbeddingWidth);
        _types = config.TokenTypes > 0 ? Embedding(config.TokenTypes, config.EmbeddingWidth) : null;
        _norm = LayerNorm(config.EmbeddingWidth, config.LayerNormEpsilon);
        _dropout = Dropout(dropout);
        _paddingId = config.CountsFromPadding ? config.PaddingId : null;
        register_module("word_embeddings", _words);
        register_module("position_embeddings", _positions);
        if (_types is not null)
            register_module("token_type_embeddings", _types);
        register_module("LayerNorm", _norm);
        register_module("dropout", _dropout);
    }

    public Tensor Words => _words.weight!;

    public override Tensor forward(Tensor ids)
    {
        using var scope = NewDisposeScope();
        Tensor sum = _words.call(ids) + Positions(ids); // (texts, tokens, width)
        if (_types is not null)
            sum += _types.weight![0];
        return _dropout.call(_norm.call(sum)).MoveToOuterDisposeScope();
    }

    // RoBERTa counts the tokens that are no padding, and gives padding, also where a text spells it out, the position of its id.
    private Tensor Positions(Tensor ids)
    {
        if (_paddingId is not { } padding)
            return _positions.weight!.narrow(0, 0, ids.shape[1]); // (tokens, width)
        Tensor isToken = ids.ne(padding).to(int64);
        return _positions.call(isToken.cumsum(1) * isToken + padding); // (texts, tokens, width)
    }
}
