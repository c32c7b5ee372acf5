using Microsoft.ML.OnnxRuntime;
using Retort.Onnx;

namespace Retort.Tests.Onnx;

/// <summary>A model written to a file and loaded from it.</summary>
internal static class OnnxFile
{
    public static string Write(this OnnxModel model, TemporaryFolder folder, string name = "model.onnx")
    {
        using FileStream file = File.Create(folder[name]);
        model.Write(file);
        return file.Name;
    }

    public static OnnxClassifier Load(this OnnxModel model, TemporaryFolder folder) =>
        OnnxClassifier.Load(model.Write(folder), threads: 1);

    /// <summary>Runs a file on int64 inputs as they are given.</summary>
    public static T[] Run<T>(string file, string output, long[] shape, params (string Name, long[] Values)[] inputs)
        where T : unmanaged
    {
        using var oneThread = new SessionOptions { IntraOpNumThreads = 1 };
        using var session = new InferenceSession(file, oneThread);
        using var options = new RunOptions();
        OrtValue[] values = Array.ConvertAll(inputs, input => OrtValue.CreateTensorValueFromMemory(input.Values, shape));
        using IDisposableReadOnlyCollection<OrtValue> outputs = session.Run(
            options, Array.ConvertAll(inputs, input => input.Name), values, [output]);
        return outputs[0].GetTensorDataAsSpan<T>().ToArray();
    }
}
