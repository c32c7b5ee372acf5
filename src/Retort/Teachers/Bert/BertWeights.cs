using Retort.Runs;
using Retort.Runtime.Model;
using Retort.Training;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Retort.Teachers.Bert;

/// <summary>Puts a Hugging Face folder's tensors into a <see cref="BertClassifier"/>.</summary>
internal static class BertWeights
{
    private const string Prefix = "bert.";

    // Heads of pre-training and buffers that a classifier has no use for.
    private static readonly string[] Unused = ["cls.", "bert.embeddings.position_ids", "embeddings.position_ids"];

    /// <summary>Fills every parameter; each must be there.</summary>
    public static void LoadClassifier(string folder, BertConfig config, BertClassifier module)
    {
        using ModelWeights weights = ModelWeights.Open(folder);
        string[] missing = Fill(weights, module);
        if (missing.Length > 0)
            throw Missing(folder, missing, "a fine-tuned BertForSequenceClassification; for a bare encoder run `retort teach`");
        RequireAllUsed(folder, weights, config, module);
    }

    /// <summary>Fills the encoder's parameters; a missing pooler, and the classifier always, start at random.</summary>
    public static void LoadEncoder(string folder, BertConfig config, BertClassifier module, Action<string>? note)
    {
        using ModelWeights weights = ModelWeights.Open(folder);
        string[] missing = Fill(weights, module, name => !name.StartsWith("classifier.", StringComparison.Ordinal));
        string[] encoder = Array.FindAll(missing, name => !name.StartsWith("bert.pooler.", StringComparison.Ordinal));
        if (encoder.Length > 0)
            throw Missing(folder, encoder, "a BERT encoder");
        RequireAllUsed(folder, weights, config, module);
        if (missing.Length > 0)
            note?.Invoke($"{folder} has no pooler: it starts at random");
        Randomize(module, name => name.StartsWith("classifier.", StringComparison.Ordinal) || missing.Contains(name));
    }

    /// <summary>An encoder with its masked-language head, each parameter of which must be there.</summary>
    public static BertMaskedModel LoadMasked(string folder, BertConfig config)
    {
        using ModelWeights weights = ModelWeights.Open(folder);
        var module = new BertMaskedModel(config, ownDecoder: weights.Tensors.ContainsKey(BertMaskedModel.HeadPrefix + "decoder.weight"));
        string[] missing = Array.FindAll(Fill(weights, module), name => !name.StartsWith("bert.pooler.", StringComparison.Ordinal));
        if (missing.Length == 0)
            return module;
        module.Dispose();
        throw Missing(folder, missing, missing.All(name => name.StartsWith(BertMaskedModel.HeadPrefix, StringComparison.Ordinal))
            ? "the masked-language head of a BertForMaskedLM; this encoder was saved without it, so take one with it "
                + "(hf:google-bert/bert-base-uncased), or set augmentation.predict to 0 and use augmentation.replace"
            : "a BertForMaskedLM");
    }

    /// <summary>The word embeddings alone: (vocabulary, hidden). The caller's to dispose of.</summary>
    public static Tensor LoadWordEmbeddings(string folder, BertConfig config)
    {
        using ModelWeights weights = ModelWeights.Open(folder);
        string name = Spellings(BertClassifier.WordEmbeddingWeight).FirstOrDefault(weights.Tensors.ContainsKey)
            ?? throw Missing(folder, [BertClassifier.WordEmbeddingWeight], "a BERT encoder");
        Tensor table = empty(config.VocabularySize, config.Hidden);
        TensorFile.Fill(folder, table, weights.Tensors[name], weights.ReadSingles);
        return table;
    }

    private static string[] Fill(ModelWeights weights, Module module, Func<string, bool>? wanted = null)
    {
        var missing = new List<string>();
        foreach ((string name, Parameter value) in module.named_parameters())
        {
            if (wanted?.Invoke(name) == false)
                continue;
            TensorEntry? entry = Spellings(name)
                .Select(spelling => weights.Tensors.GetValueOrDefault(spelling)).FirstOrDefault(found => found is not null);
            if (entry is null)
                missing.Add(name);
            else
                TensorFile.Fill(weights.Folder, value, entry, weights.ReadSingles);
        }
        return [.. missing];
    }

    /// <summary>A parameter's names in the wild: without the prefix, and with the first releases' gamma and beta.</summary>
    private static IEnumerable<string> Spellings(string name)
    {
        string old = name.Replace("LayerNorm.weight", "LayerNorm.gamma", StringComparison.Ordinal)
            .Replace("LayerNorm.bias", "LayerNorm.beta", StringComparison.Ordinal);
        foreach (string spelling in old == name ? [name] : new[] { name, old })
        {
            yield return spelling;
            if (spelling.StartsWith(Prefix, StringComparison.Ordinal))
                yield return spelling[Prefix.Length..];
        }
    }

    private static void RequireAllUsed(string folder, ModelWeights weights, BertConfig config, BertClassifier module)
    {
        var known = module.named_parameters().SelectMany(p => Spellings(p.name)).ToHashSet(StringComparer.Ordinal);
        string[] odd = weights.Tensors.Keys.Where(name => !known.Contains(name) && !IsUnused(name, config)).Take(5).ToArray();
        if (odd.Length > 0)
        {
            throw new RetortException($"{folder} holds tensors that a BERT of {config.Layers} layers has no place for: "
                + $"{string.Join(", ", odd)}: its config.json does not fit its weights");
        }
    }

    /// <summary>Heads that are dropped, and whole layers that <c>layers</c> cuts off.</summary>
    private static bool IsUnused(string name, BertConfig config)
    {
        if (Unused.Any(prefix => name.StartsWith(prefix, StringComparison.Ordinal))
            || name.StartsWith("classifier.", StringComparison.Ordinal))
        {
            return true;
        }
        string[] parts = name.Split('.');
        int layer = Array.IndexOf(parts, "layer");
        return layer >= 0 && int.TryParse(parts[layer + 1], out int index) && index < config.Layers;
    }

    private static void Randomize(BertClassifier module, Func<string, bool> wanted)
    {
        using var noGrad = no_grad();
        foreach ((string name, Parameter value) in module.named_parameters().Where(p => wanted(p.name)))
        {
            // BERT's own initialization.
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
