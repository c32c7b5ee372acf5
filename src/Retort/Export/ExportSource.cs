using System.Globalization;
using System.Text.Json;
using Retort.Data;
using Retort.Onnx;
using Retort.Runs;
using Retort.Runtime.Text;
using static TorchSharp.torch;

namespace Retort.Export;

/// <summary>A model as ONNX, and what the model that it was made from says of some texts.</summary>
/// <param name="Model">The export.</param>
/// <param name="Texts">The texts; one that is read in several windows stands once for each.</param>
/// <param name="Ids">Their tokens.</param>
/// <param name="Logits">The source's logits: (texts × classes), row by row.</param>
/// <param name="Tolerance">How far the export's logits may be from them: see <see cref="Parity.LargestDifference"/>.</param>
internal sealed record ExportSource(
    OnnxModel Model, IReadOnlyList<string> Texts, IReadOnlyList<int[]> Ids, float[] Logits, double Tolerance)
{
    /// <summary>What stands in the file beside the graph: docs/onnx.md lists it.</summary>
    public static Dictionary<string, string> Metadata(
        string modelType, LabelSet labels, TaskKind kind, double temperature, int maxLength, WordPieceTokenizer tokenizer) => new()
        {
            ["model_type"] = modelType,
            ["problem_type"] = kind == TaskKind.MultiLabel ? "multi_label_classification" : "single_label_classification",
            ["id2label"] = JsonSerializer.Serialize(
                labels.Names.Select((name, k) => (name, k)).ToDictionary(p => $"{p.k}", p => p.name), JsonForm.Compact),
            ["temperature"] = temperature.ToString("R", CultureInfo.InvariantCulture),
            ["max_length"] = maxLength.ToString(CultureInfo.InvariantCulture),
            ["tokenizer"] = JsonSerializer.Serialize(tokenizer.Options, JsonForm.Compact),
            ["vocabulary_sha256"] = ContentHash.OfLines(
                Enumerable.Range(0, tokenizer.Vocabulary.Count).Select(id => tokenizer.Vocabulary[id])),
        };

    /// <summary>Reads tensors by name.</summary>
    /// <param name="tensors">The tensors.</param>
    /// <param name="half">Whether the file is to hold float16.</param>
    public static Func<string, GraphWeight> Weights(IEnumerable<(string Name, Tensor Value)> tensors, bool half = false)
    {
        Dictionary<string, Tensor> byName = tensors.ToDictionary(t => t.Name, t => t.Value);
        return name => new GraphWeight(() => Values(byName[name])) { IsHalf = half };
    }

    private static float[] Values(Tensor tensor)
    {
        using var scope = NewDisposeScope();
        return tensor.detach().cpu().contiguous().data<float>().ToArray();
    }
}
