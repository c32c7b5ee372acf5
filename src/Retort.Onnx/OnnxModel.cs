using Google.Protobuf;
using Retort.Onnx.Schema;

namespace Retort.Onnx;

/// <summary>A finished ONNX model in memory: opset 17, weights included. Immutable.</summary>
public sealed class OnnxModel
{
    private const int IrVersion = 8, Opset = 17; // of one release of ONNX, 1.12, which Debian 12 has a checker of

    private readonly ModelProto _message;

    internal OnnxModel(GraphProto graph, IReadOnlyDictionary<string, string> metadata)
    {
        _message = new ModelProto
        {
            IrVersion = IrVersion,
            ProducerName = "retort",
            ProducerVersion = typeof(OnnxModel).Assembly.GetName().Version!.ToString(3),
            Graph = graph,
            OpsetImport = { new OperatorSetIdProto { Domain = "", Version = Opset } },
            MetadataProps = { metadata.Select(pair => new StringStringEntryProto { Key = pair.Key, Value = pair.Value }) },
        };
    }

    /// <summary>Writes the file. The same model gives the same bytes.</summary>
    public void Write(Stream target) => _message.WriteTo(target);
}
