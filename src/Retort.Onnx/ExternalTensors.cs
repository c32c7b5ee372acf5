using Google.Protobuf;

namespace Retort.Onnx;

/// <summary>The files beside an ONNX model that hold some of its weights, as those of over 2 GiB must.</summary>
public static class ExternalTensors
{
    // Numbers of fields in the public format: https://onnx.ai/onnx/repo-docs/IR.html.
    private const int Graph = 7, Initializer = 5, ExternalData = 13, Key = 1, Value = 2;

    /// <summary>Their full paths, each once, in order of names. Weights in the model itself are skipped, not read.</summary>
    /// <exception cref="InvalidDataException">The file is no ONNX model.</exception>
    public static IReadOnlyList<string> FilesOf(string model)
    {
        var names = new SortedSet<string>(StringComparer.Ordinal);
        using FileStream file = File.OpenRead(model);
        using var input = new CodedInputStream(file);
        try
        {
            Each(input, file.Length, Graph, graph => Each(input, graph, Initializer, tensor =>
                Each(input, tensor, ExternalData, entry => ReadEntry(input, entry, names))));
        }
        catch (InvalidProtocolBufferException e)
        {
            throw new InvalidDataException($"it is no ONNX model: {e.Message}", e);
        }
        return [.. names.Select(name => Path.Combine(Path.GetDirectoryName(Path.GetFullPath(model))!, name))];
    }

    // Hands over each message of a field, up to the position where the message around it ends.
    private static void Each(CodedInputStream input, long end, int field, Action<long> read)
    {
        while (input.Position < end)
        {
            uint tag = input.ReadTag();
            if (tag >> 3 == field)
            {
                int length = input.ReadLength();
                read(input.Position + length);
            }
            else
            {
                input.SkipLastField();
            }
        }
    }

    private static void ReadEntry(CodedInputStream input, long end, SortedSet<string> names)
    {
        string key = "", value = "";
        while (input.Position < end)
        {
            switch (input.ReadTag() >> 3)
            {
                case Key:
                    key = input.ReadString();
                    break;
                case Value:
                    value = input.ReadString();
                    break;
                default:
                    input.SkipLastField();
                    break;
            }
        }
        if (key == "location")
            names.Add(value);
    }
}
