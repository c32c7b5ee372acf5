using System.Globalization;
using Microsoft.ML.OnnxRuntime;
using Retort.Onnx;
using Retort.Onnx.Students;
using Retort.Onnx.Teachers;
using Retort.Runtime.Model;

namespace Retort.Benchmarks;

/// <summary>ONNX Runtime at its best for one text at a time on one thread: all graph optimizations, no spare allocation.</summary>
internal sealed class OnnxSession : IDisposable
{
    private static readonly string[] Outputs = ["logits"];

    /// <summary>Version of ONNX Runtime.</summary>
    public static string Version => OrtEnv.Instance().GetVersionString();

    private readonly InferenceSession _session;
    private readonly RunOptions _run = new();

    public OnnxSession(string path)
    {
        using var options = new SessionOptions
        {
            IntraOpNumThreads = 1,
            InterOpNumThreads = 1,
            ExecutionMode = ExecutionMode.ORT_SEQUENTIAL,
            GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_ALL,
        };
        _session = new InferenceSession(path, options);
    }

    /// <summary>The longest text in tokens, as an exported file says.</summary>
    public int MaxLength => int.Parse(_session.ModelMetadata.CustomMetadataMap["max_length"], CultureInfo.InvariantCulture);

    /// <summary>Answers one text without padding.</summary>
    public void Run(int[] ids)
    {
        int length = Math.Max(1, ids.Length);
        long[] tokens = new long[length], ones = new long[length], zeros = new long[length];
        for (int k = 0; k < ids.Length; k++)
            (tokens[k], ones[k]) = (ids[k], 1);
        string[] names = [.. _session.InputNames];
        OrtValue[] inputs = Array.ConvertAll(names, name => OrtValue.CreateTensorValueFromMemory(
            name == "input_ids" ? tokens : name == "attention_mask" ? ones : zeros, [1, length]));
        using IDisposableReadOnlyCollection<OrtValue> outputs = _session.Run(_run, names, inputs, Outputs);
        Array.ForEach(inputs, input => input.Dispose());
    }

    public void Dispose()
    {
        _session.Dispose();
        _run.Dispose();
    }

    /// <summary>Exports a student's folder.</summary>
    public static OnnxSession OfStudent(string folder, string path)
    {
        using StudentFiles files = StudentFiles.Open(folder);
        return Of(path, StudentGraph.Build(new StudentGraphInput
        {
            Shape = files.Config.Shape,
            MultiLabel = files.Config.IsMultiLabel,
            Temperature = files.Config.Temperature,
            Metadata = new Dictionary<string, string>(),
            Weights = name => files.ReadWeights(name),
        }));
    }

    /// <summary>A BERT encoder's folder with a classifier of zeros on it: as slow as a real one.</summary>
    public static OnnxSession OfEncoder(string folder, string path, int classes)
    {
        using var json = System.Text.Json.JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "config.json")));
        using SafetensorsFile tensors = SafetensorsFile.Open(Path.Combine(folder, "model.safetensors"));
        int hidden = Integer("hidden_size");
        return Of(path, BertGraph.Build(new BertGraphInput
        {
            VocabularySize = Integer("vocab_size"),
            Hidden = hidden,
            Layers = Integer("num_hidden_layers"),
            Heads = Integer("num_attention_heads"),
            Intermediate = Integer("intermediate_size"),
            MaxPositions = Integer("max_position_embeddings"),
            TokenTypes = Integer("type_vocab_size"),
            LayerNormEpsilon = 1e-12,
            TanhGelu = false,
            Classes = classes,
            MultiLabel = false,
            Metadata = new Dictionary<string, string>(),
            Weights = name => Weight(name),
        }));

        int Integer(string name) => json.RootElement.GetProperty(name).GetInt32();

        float[] Weight(string name)
        {
            string bare = name.StartsWith("bert.", StringComparison.Ordinal) ? name["bert.".Length..] : name;
            return tensors.Tensors.ContainsKey(name) ? tensors.ReadSingles(name)
                : tensors.Tensors.ContainsKey(bare) ? tensors.ReadSingles(bare)
                : new float[name switch
                {
                    "classifier.weight" => classes * hidden,
                    "classifier.bias" => classes,
                    "bert.pooler.dense.weight" => hidden * hidden,
                    "bert.pooler.dense.bias" => hidden,
                    _ => throw new InvalidDataException($"{folder} has no tensor {name}"),
                }];
        }
    }

    private static OnnxSession Of(string path, OnnxModel model)
    {
        using (FileStream file = File.Create(path))
            model.Write(file);
        return new OnnxSession(path);
    }
}
