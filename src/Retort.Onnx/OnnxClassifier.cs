using Microsoft.ML.OnnxRuntime;

namespace Retort.Onnx;

/// <summary>An exported classifier in ONNX Runtime, on the CPU. Thread-safe.</summary>
public sealed class OnnxClassifier : IDisposable
{
    private readonly InferenceSession _session;

    private OnnxClassifier(InferenceSession session) => _session = session;

    /// <summary>The facts that stand in the file.</summary>
    public IReadOnlyDictionary<string, string> Metadata => _session.ModelMetadata.CustomMetadataMap;

    /// <summary>Loads a model file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="threads">Threads that a batch is computed on; 0: one a core.</param>
    /// <exception cref="InvalidDataException">ONNX Runtime does not accept it.</exception>
    public static OnnxClassifier Load(string path, int threads = 0)
    {
        try
        {
            using var options = new SessionOptions { IntraOpNumThreads = threads };
            return new OnnxClassifier(new InferenceSession(path, options));
        }
        catch (OnnxRuntimeException e)
        {
            throw new InvalidDataException($"{path} is no model that ONNX Runtime runs: {e.Message}", e);
        }
    }

    /// <summary>The logits of some texts as one batch: (texts × classes), row by row.</summary>
    /// <param name="texts">Token ids; a text may be empty.</param>
    public float[] Logits(IReadOnlyList<int[]> texts) => Run(texts, TensorNames.Logits);

    /// <summary>One output for some texts as one batch, padded to the longest, row by row.</summary>
    /// <param name="texts">Token ids; a text may be empty.</param>
    /// <param name="output">Name of a float output.</param>
    public float[] Run(IReadOnlyList<int[]> texts, string output)
    {
        int length = Math.Max(1, texts.Max(text => text.Length)); // a maximum over no position has no value
        long[] ids = new long[texts.Count * length], mask = new long[ids.Length], types = new long[ids.Length];
        for (int row = 0; row < texts.Count; row++)
        {
            for (int k = 0; k < texts[row].Length; k++)
                ids[row * length + k] = texts[row][k];
            mask.AsSpan(row * length, texts[row].Length).Fill(1);
        }
        var inputs = new Dictionary<string, long[]>
        {
            [TensorNames.Ids] = ids,
            [TensorNames.Mask] = mask,
            [TensorNames.TokenTypes] = types,
        };
        return Run(inputs, [texts.Count, length], output);
    }

    public void Dispose() => _session.Dispose();

    private float[] Run(Dictionary<string, long[]> values, long[] shape, string output)
    {
        string[] names = [.. _session.InputNames];
        OrtValue[] inputs = Array.ConvertAll(names, name => OrtValue.CreateTensorValueFromMemory(values[name], shape));
        try
        {
            using var options = new RunOptions();
            using IDisposableReadOnlyCollection<OrtValue> outputs = _session.Run(options, names, inputs, [output]);
            return outputs[0].GetTensorDataAsSpan<float>().ToArray();
        }
        finally
        {
            Array.ForEach(inputs, input => input.Dispose());
        }
    }
}
