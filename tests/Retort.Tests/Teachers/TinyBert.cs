using System.Text.Json.Nodes;
using Retort.Runs;
using Retort.Training;
using static TorchSharp.torch;

namespace Retort.Tests.Teachers;

/// <summary>A folder with a BERT of two layers whose weights follow from a seed.</summary>
internal static class TinyBert
{
    public const int Hidden = 16, Layers = 2, Heads = 4, Intermediate = 32, Positions = 24;

    public static IReadOnlyList<string> Tokens { get; } =
        ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "good", "bad", "film", "a", "the", "very", "##ly", "not", "plot", "end", "."];

    /// <summary>Writes config.json, model.safetensors and vocab.txt.</summary>
    /// <param name="folder">Where.</param>
    /// <param name="gelu">The activation's name.</param>
    /// <param name="rename">What becomes of each tensor's name; null from it leaves the tensor out.</param>
    /// <param name="classes">Classes of a classifier; 0: none.</param>
    /// <param name="seed">Seed of the weights.</param>
    /// <param name="masked">Whether it has kept its masked-language head.</param>
    public static string Write(
        string folder, string gelu = "gelu", Func<string, string?>? rename = null, int classes = 0, int seed = 11, bool masked = false)
    {
        var config = new JsonObject
        {
            ["model_type"] = "bert",
            ["vocab_size"] = Tokens.Count,
            ["hidden_size"] = Hidden,
            ["num_hidden_layers"] = Layers,
            ["num_attention_heads"] = Heads,
            ["intermediate_size"] = Intermediate,
            ["max_position_embeddings"] = Positions,
            ["type_vocab_size"] = 2,
            ["layer_norm_eps"] = 1e-12,
            ["hidden_act"] = gelu,
        };
        if (classes > 0)
            config["id2label"] = new JsonObject(Enumerable.Range(0, classes).Select(c => KeyValuePair.Create($"{c}", (JsonNode?)$"class{c}")));
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "config.json"), config.ToJsonString());
        File.WriteAllText(Path.Combine(folder, "vocab.txt"), string.Join('\n', Tokens) + "\n");
        using var scope = NewDisposeScope();
        var random = new SeededRandom(seed);
        TensorFile.Save(Path.Combine(folder, "model.safetensors"), Shapes(classes, masked)
            .Select(entry => (Name: rename is null ? entry.Name : rename(entry.Name), Value: Draw(random, entry.Name, entry.Shape)))
            .Where(entry => entry.Name is not null)
            .Select(entry => (entry.Name!, entry.Value)));
        return folder;
    }

    /// <summary>Every tensor that Hugging Face's BertForSequenceClassification of this shape has, and those of BertForMaskedLM.</summary>
    public static IEnumerable<(string Name, long[] Shape)> Shapes(int classes, bool masked = false)
    {
        (string, long[])[] Linear(string name, long output, long input) => [($"{name}.weight", [output, input]), ($"{name}.bias", [output])];
        (string, long[])[] Norm(string name) => [($"{name}.weight", [Hidden]), ($"{name}.bias", [Hidden])];
        var all = new List<(string, long[])>
        {
            ("bert.embeddings.word_embeddings.weight", [Tokens.Count, Hidden]),
            ("bert.embeddings.position_embeddings.weight", [Positions, Hidden]),
            ("bert.embeddings.token_type_embeddings.weight", [2, Hidden]),
        };
        all.AddRange(Norm("bert.embeddings.LayerNorm"));
        for (int k = 0; k < Layers; k++)
        {
            string layer = $"bert.encoder.layer.{k}";
            foreach (string part in new[] { "query", "key", "value" })
                all.AddRange(Linear($"{layer}.attention.self.{part}", Hidden, Hidden));
            all.AddRange(Linear($"{layer}.attention.output.dense", Hidden, Hidden));
            all.AddRange(Norm($"{layer}.attention.output.LayerNorm"));
            all.AddRange(Linear($"{layer}.intermediate.dense", Intermediate, Hidden));
            all.AddRange(Linear($"{layer}.output.dense", Hidden, Intermediate));
            all.AddRange(Norm($"{layer}.output.LayerNorm"));
        }
        all.AddRange(Linear("bert.pooler.dense", Hidden, Hidden));
        if (classes > 0)
            all.AddRange(Linear("classifier", classes, Hidden));
        if (!masked)
            return all;
        all.AddRange(Linear("cls.predictions.transform.dense", Hidden, Hidden));
        all.AddRange(Norm("cls.predictions.transform.LayerNorm"));
        all.Add(("cls.predictions.bias", [Tokens.Count]));
        return all;
    }

    // About normal: the sum of four uniform numbers. A norm's scale is around 1.
    private static Tensor Draw(SeededRandom random, string name, long[] shape)
    {
        float center = name.EndsWith("LayerNorm.weight", StringComparison.Ordinal) ? 1 : 0;
        float[] values = new float[shape.Aggregate(1L, (product, size) => product * size)];
        for (int k = 0; k < values.Length; k++)
            values[k] = center + Enumerable.Range(0, 4).Sum(_ => random.Below(1 << 20) / (float)(1 << 20) - 0.5f) * 0.5f;
        return tensor(values, shape);
    }
}
