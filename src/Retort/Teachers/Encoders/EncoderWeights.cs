using Retort.Runs;
using Retort.Runtime.Model;
using Retort.Training;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Retort.Teachers.Encoders;

/// <summary>Puts a Hugging Face folder's tensors into an <see cref="EncoderClassifier"/>.</summary>
internal static class EncoderWeights
{
    /// <summary>Fills every parameter; each must be there.</summary>
    public static void LoadClassifier(string folder, EncoderConfig config, EncoderClassifier module)
    {
        using ModelWeights weights = ModelWeights.Open(folder);
        string[] missing = Fill(weights, config, module);
        if (missing.Length > 0)
            throw Missing(folder, missing, $"a fine-tuned {config.Form.Architecture}; for a bare encoder run `retort teach`");
        RequireAllUsed(folder, weights, config, module);
    }

    /// <summary>Fills the encoder's parameters; a missing pooler, and the classifier always, start at random.</summary>
    /// <param name="folder">The encoder's.</param>
    /// <param name="config">Its shape, which may have more layers than the module.</param>
    /// <param name="module">What is filled.</param>
    /// <param name="note">Told what starts at random.</param>
    public static void LoadEncoder(string folder, EncoderConfig config, EncoderClassifier module, Action<string>? note)
    {
        EncoderForm form = config.Form;
        using ModelWeights weights = ModelWeights.Open(folder);
        string[] missing = Fill(weights, config, module, name => !form.IsOfHead(name));
        string[] encoder = Array.FindAll(missing, name => !IsPooler(name, form));
        if (encoder.Length > 0)
            throw Missing(folder, encoder, $"an encoder of the kind {form.ModelType}");
        RequireAllUsed(folder, weights, config, module);
        if (missing.Length > 0)
            note?.Invoke($"{folder} has no pooler: it starts at random");
        Randomize(module, name => form.IsOfHead(name) || missing.Contains(name));
    }

    /// <summary>A BERT with its masked-language head, each parameter of which must be there.</summary>
    public static BertMaskedModel LoadMasked(string folder, EncoderConfig config)
    {
        using ModelWeights weights = ModelWeights.Open(folder);
        var module = new BertMaskedModel(config, ownDecoder: weights.Tensors.ContainsKey(BertMaskedModel.HeadPrefix + "decoder.weight"));
        string[] missing = Array.FindAll(Fill(weights, config, module), name => !IsPooler(name, config.Form));
        if (missing.Length == 0)
            return module;
        module.Dispose();
        throw Missing(folder, missing, missing.All(name => name.StartsWith(BertMaskedModel.HeadPrefix, StringComparison.Ordinal))
            ? "the masked-language head of a BertForMaskedLM; this encoder was saved without it, so take one with it "
                + "(hf:google-bert/bert-base-uncased), or set augmentation.predict to 0 and use augmentation.replace"
            : "a BertForMaskedLM");
    }

    /// <summary>The word embeddings alone: (vocabulary, embedding width). The caller's to dispose of.</summary>
    public static Tensor LoadWordEmbeddings(string folder, EncoderConfig config)
    {
        using ModelWeights weights = ModelWeights.Open(folder);
        string name = Spellings(config.Form.WordEmbeddings, config.Form).FirstOrDefault(weights.Tensors.ContainsKey)
            ?? throw Missing(folder, [config.Form.WordEmbeddings], $"an encoder of the kind {config.Form.ModelType}");
        Tensor table = empty(config.VocabularySize, config.EmbeddingWidth);
        TensorFile.Fill(folder, table, weights.Tensors[name], weights.ReadSingles);
        return table;
    }

    private static string[] Fill(ModelWeights weights, EncoderConfig config, Module module, Func<string, bool>? wanted = null)
    {
        var missing = new List<string>();
        foreach ((string name, Parameter value) in module.named_parameters())
        {
            if (wanted?.Invoke(name) == false)
                continue;
            TensorEntry? entry = Spellings(name, config.Form)
                .Select(spelling => weights.Tensors.GetValueOrDefault(spelling)).FirstOrDefault(found => found is not null);
            if (entry is null)
                missing.Add(name);
            else
                TensorFile.Fill(weights.Folder, value, entry, weights.ReadSingles);
        }
        return [.. missing];
    }

    /// <summary>A parameter's names in the wild: without the prefix, and with the first releases' gamma and beta.</summary>
    private static IEnumerable<string> Spellings(string name, EncoderForm form)
    {
        string prefix = form.Root + ".";
        string old = name.Replace("LayerNorm.weight", "LayerNorm.gamma", StringComparison.Ordinal)
            .Replace("LayerNorm.bias", "LayerNorm.beta", StringComparison.Ordinal);
        foreach (string spelling in old == name ? [name] : new[] { name, old })
        {
            yield return spelling;
            if (spelling.StartsWith(prefix, StringComparison.Ordinal))
                yield return spelling[prefix.Length..];
        }
    }

    private static bool IsPooler(string name, EncoderForm form) =>
        form.Pooler is not null && name.StartsWith($"{form.Root}.{form.Pooler}.", StringComparison.Ordinal);

    private static void RequireAllUsed(string folder, ModelWeights weights, EncoderConfig config, EncoderClassifier module)
    {
        var known = module.named_parameters().SelectMany(p => Spellings(p.name, config.Form)).ToHashSet(StringComparer.Ordinal);
        string[] odd = weights.Tensors.Keys.Where(name => !known.Contains(name) && !IsUnused(name, config)).Take(5).ToArray();
        if (odd.Length > 0)
        {
            throw new RetortException($"{folder} holds tensors that {Described(config)} has no place for: "
                + $"{string.Join(", ", odd)}: its config.json does not fit its weights");
        }
    }

    private static string Described(EncoderConfig config) => config.Kind switch
    {
        EncoderKind.Bert => $"a BERT of {config.Layers} layers",
        EncoderKind.Albert => $"an ALBERT of {config.Groups} groups of {config.GroupLayers} layers",
        _ => $"a {config.Form.ModelType} of {config.Layers} layers",
    };

    /// <summary>Heads that are dropped, and whole layers that <c>layers</c> cuts off.</summary>
    private static bool IsUnused(string name, EncoderConfig config)
    {
        EncoderForm form = config.Form;
        string[] position = [$"{form.Root}.embeddings.position_ids", "embeddings.position_ids"];
        if (form.Unused.Concat(position).Append("classifier.").Any(prefix => name.StartsWith(prefix, StringComparison.Ordinal))
            || form.Dense is { } dense && name.StartsWith(dense.Name + ".", StringComparison.Ordinal))
        {
            return true;
        }
        string[] parts = name.Split('.');
        int list = Array.IndexOf(parts, form.LayerList[(form.LayerList.LastIndexOf('.') + 1)..]);
        if (list < 0 || list + 2 >= parts.Length || !int.TryParse(parts[list + 1], out int index))
            return false;
        return config.Kind == EncoderKind.Albert
            ? index < config.Groups && parts[list + 2] == "albert_layers" && list + 3 < parts.Length && int.TryParse(parts[list + 3], out int layer) && layer < config.GroupLayers
            : index < config.Layers;
    }

    private static void Randomize(EncoderClassifier module, Func<string, bool> wanted)
    {
        using var noGrad = no_grad();
        foreach ((string name, Parameter value) in module.named_parameters().Where(p => wanted(p.name)))
        {
            // BERT's own initialization, and that of its kin.
            if (name.EndsWith("bias", StringComparison.Ordinal))
                nn.init.zeros_(value);
            else
                nn.init.normal_(value, 0, 0.02);
        }
    }

    private static RetortException Missing(string folder, string[] names, string expected) =>
        new($"{folder} lacks {names.Length} tensor{(names.Length > 1 ? "s" : "")}: {string.Join(", ", names.Take(5))}{(names.Length > 5 ? ", …" : "")}: "
            + $"expected {expected}");
}
