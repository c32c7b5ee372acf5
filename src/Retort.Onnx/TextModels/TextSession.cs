using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace Retort.Onnx.TextModels;

/// <summary>A model file in ONNX Runtime that takes texts. Thread-safe.</summary>
internal sealed class TextSession : IDisposable
{
    // What a model whose vocabulary is another one's still has.
    private const int LowIds = 4;

    private readonly InferenceSession _session;
    private readonly RunOptions _quiet = new() { LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL };
    private readonly int _padding;

    private TextSession(InferenceSession session, int padding)
    {
        (_session, _padding) = (session, padding);
        Inputs = ModelInputs.Of(session.InputMetadata);
    }

    public ModelInputs Inputs { get; }

    public IReadOnlyDictionary<string, string> Metadata => _session.ModelMetadata.CustomMetadataMap;

    /// <exception cref="InvalidDataException">ONNX Runtime does not accept it, or its inputs are not a text's.</exception>
    public static TextSession Open(string path, int threads, int padding)
    {
        // What goes wrong is thrown; it need not be logged too.
        using var options = new SessionOptions { IntraOpNumThreads = threads, LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL };
        // Without it, products of u8 and i8 saturate silently on processors without VNNI (ONNX Runtime, session config keys).
        options.AddSessionConfigEntry("session.x64quantprecision", "1");
        InferenceSession? session = null;
        try
        {
            session = new InferenceSession(path, options);
            return new TextSession(session, padding);
        }
        catch (OnnxRuntimeException e)
        {
            throw new InvalidDataException($"ONNX Runtime does not run it: {e.Message}", e);
        }
        catch
        {
            session?.Dispose();
            throw;
        }
    }

    /// <summary>As much of a text as the model takes.</summary>
    public int[] Cut(int[] text) => Inputs.Length > 0 && text.Length > Inputs.Length ? text[..Inputs.Length] : text;

    /// <summary>Tries texts, to see what the outputs are.</summary>
    /// <exception cref="InvalidDataException">They cannot be run, or no output is of classes.</exception>
    public ModelOutputs Probe(IReadOnlyList<int[]> texts, int classes)
    {
        int[][] batch = texts.Take(Inputs.Batch > 0 ? Inputs.Batch : texts.Count).ToArray();
        string[] names = _session.OutputNames.Where(name => IsFloat(_session.OutputMetadata[name])).ToArray();
        ProbedOutput[] Shapes(int[][] some) => Run(new PaddedTexts(some, Inputs, _padding), names, values =>
            names.Select((name, k) => new ProbedOutput(name, values[k].GetTensorTypeAndShape().Shape)).ToArray());
        try
        {
            var padded = new PaddedTexts(batch, Inputs, _padding);
            return ModelOutputs.Of(Shapes(batch), Inputs.Batch > 0 ? Inputs.Batch : batch.Length, padded.Width, classes);
        }
        catch (OnnxRuntimeException e)
        {
            if (!Runs(() => Shapes([[.. Enumerable.Range(0, LowIds)]])))
                throw new InvalidDataException($"ONNX Runtime cannot run it on texts: {e.Message}", e);
            int highest = texts.Max(text => text.Max());
            throw new InvalidDataException($"it has no embedding for some of the tokenizer's ids, which go up to {highest}: the tokenizer belongs "
                + $"to another model ({e.Message})", e);
        }
    }

    /// <summary>Computes one batch.</summary>
    public OnnxTextOutputs Run(IReadOnlyList<int[]> texts, ModelOutputs outputs, StatePooling pooling)
    {
        bool pooled = pooling != StatePooling.None && outputs.States is not null;
        var padded = new PaddedTexts(texts, Inputs, _padding);
        try
        {
            return Run(padded, pooled ? [outputs.Scores, outputs.States!] : [outputs.Scores], values =>
            {
                float[] scores = Floats(values[0])[..(texts.Count * outputs.Classes)];
                return new OnnxTextOutputs(scores, pooled ? Pool(Floats(values[1]), texts, padded.Width, outputs.Hidden, pooling) : []);
            });
        }
        catch (OnnxRuntimeException e)
        {
            throw new InvalidDataException($"ONNX Runtime cannot run it on {texts.Count} texts of up to {padded.Width} tokens: {e.Message}", e);
        }
    }

    public void Dispose()
    {
        _session.Dispose();
        _quiet.Dispose();
    }

    private T Run<T>(PaddedTexts texts, string[] outputs, Func<IReadOnlyList<OrtValue>, T> read)
    {
        OrtValue[] values = Inputs.All.Select(texts.ValueOf).ToArray();
        try
        {
            using IDisposableReadOnlyCollection<OrtValue> results =
                _session.Run(_quiet, Inputs.All.Select(input => input.Name).ToArray(), values, outputs);
            return read(results);
        }
        finally
        {
            Array.ForEach(values, value => value.Dispose());
        }
    }

    private static float[] Pool(float[] states, IReadOnlyList<int[]> texts, int width, int hidden, StatePooling pooling)
    {
        float[] pooled = new float[texts.Count * hidden];
        for (int row = 0; row < texts.Count; row++)
        {
            int tokens = pooling == StatePooling.First ? 1 : texts[row].Length;
            for (int h = 0; h < hidden; h++)
            {
                double sum = 0;
                for (int t = 0; t < tokens; t++)
                    sum += states[(row * width + t) * hidden + h];
                pooled[row * hidden + h] = (float)(sum / tokens);
            }
        }
        return pooled;
    }

    private static float[] Floats(OrtValue value) => value.GetTensorTypeAndShape().ElementDataType == TensorElementType.Float
        ? value.GetTensorDataAsSpan<float>().ToArray()
        : Array.ConvertAll(MemoryMarshal.Cast<byte, Half>(value.GetTensorMutableRawData()).ToArray(), half => (float)half);

    private static bool IsFloat(NodeMetadata output) =>
        output.IsTensor && output.ElementDataType is TensorElementType.Float or TensorElementType.Float16;

    private static bool Runs(Action run)
    {
        try
        {
            run();
            return true;
        }
        catch (OnnxRuntimeException)
        {
            return false;
        }
    }
}
