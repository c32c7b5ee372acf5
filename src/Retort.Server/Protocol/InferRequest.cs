using System.Text.Json;
using Retort.Server.Requests;

namespace Retort.Server.Protocol;

/// <summary>What a request of the Open Inference Protocol asks for beside the texts, which stand in the workspace.</summary>
internal sealed class InferRequest
{
    // More than any model has.
    private const int MostOutputs = 16;

    /// <summary>Given back as it came; null: none was given.</summary>
    public string? Id { get; private set; }

    /// <summary>The outputs that are wanted; empty: all.</summary>
    public List<string> Outputs { get; } = [];

    /// <summary>Reads a body.</summary>
    /// <exception cref="ProblemException">It is not what was expected.</exception>
    public static InferRequest Read(ReadOnlySpan<byte> body, Workspace work, ServerLimits limits) =>
        JsonText.Read(body, (ref Utf8JsonReader reader) => Read(ref reader, work, limits));

    private static InferRequest Read(ref Utf8JsonReader reader, Workspace work, ServerLimits limits)
    {
        JsonText.Require(ref reader, JsonTokenType.StartObject, "the body");
        var request = new InferRequest();
        bool inputs = false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("inputs"u8) && !inputs)
            {
                reader.Read();
                ReadInputs(ref reader, work, limits);
                inputs = true;
            }
            else if (reader.ValueTextEquals("id"u8))
            {
                reader.Read();
                request.Id = JsonText.ReadString(ref reader, "id");
            }
            else if (reader.ValueTextEquals("outputs"u8))
            {
                reader.Read();
                ReadOutputs(ref reader, request.Outputs);
            }
            else if (reader.ValueTextEquals("parameters"u8))
            {
                // The protocol lets a client send parameters that a server does not know.
                reader.Read();
                reader.Skip();
            }
            else
            {
                throw JsonText.Unknown(ref reader, "id, parameters, inputs, outputs, each once");
            }
        }
        return inputs ? request : throw ProblemException.Bad(ProblemCode.InvalidField, "inputs is missing: expected an array of one tensor");
    }

    private static void ReadInputs(ref Utf8JsonReader reader, Workspace work, ServerLimits limits)
    {
        JsonText.Require(ref reader, JsonTokenType.StartArray, "inputs");
        int tensors = 0;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (tensors++ > 0)
                throw ProblemException.Bad(ProblemCode.InvalidField, $"there is more than one input: expected {ModelTensors.Input} alone");
            ReadInput(ref reader, work, limits);
        }
        if (tensors == 0)
            throw ProblemException.Bad(ProblemCode.InvalidField, $"inputs is empty: expected {ModelTensors.Input}");
    }

    private static void ReadInput(ref Utf8JsonReader reader, Workspace work, ServerLimits limits)
    {
        JsonText.Require(ref reader, JsonTokenType.StartObject, "an input");
        string? name = null, type = null;
        var shape = new List<long>();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("name"u8) && reader.Read())
                name = JsonText.ReadString(ref reader, "name");
            else if (reader.ValueTextEquals("datatype"u8) && reader.Read())
                type = JsonText.ReadString(ref reader, "datatype");
            else if (reader.ValueTextEquals("shape"u8) && reader.Read())
                ReadShape(ref reader, shape);
            else if (work.Count == 0 && reader.ValueTextEquals("data"u8) && reader.Read())
                ReadData(ref reader, work, limits, depth: 0);
            else if (reader.ValueTextEquals("parameters"u8) && reader.Read())
                ReadParameters(ref reader);
            else
                throw JsonText.Unknown(ref reader, "name, shape, datatype, parameters, and data once");
        }
        ModelTensors.Require(name, type, ModelTensors.Elements(shape), work.Count);
    }

    private static void ReadParameters(ref Utf8JsonReader reader)
    {
        JsonText.Require(ref reader, JsonTokenType.StartObject, "parameters");
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("binary_data_size"u8))
                throw ProblemException.Bad(ProblemCode.InvalidField, "binary_data_size: this server has not the extension of binary tensors; send data as strings");
            reader.Read();
            reader.Skip();
        }
    }

    private static void ReadShape(ref Utf8JsonReader reader, List<long> shape)
    {
        JsonText.Require(ref reader, JsonTokenType.StartArray, "shape");
        shape.Clear();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (shape.Count == 2 || reader.TokenType != JsonTokenType.Number || !reader.TryGetInt64(out long size))
                throw ProblemException.Bad(ProblemCode.InvalidField, "shape is not [n] or [n, 1]");
            shape.Add(size);
        }
    }

    // Nested as the shape is, or flat: both are usual.
    private static void ReadData(ref Utf8JsonReader reader, Workspace work, ServerLimits limits, int depth)
    {
        JsonText.Require(ref reader, JsonTokenType.StartArray, "data");
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType == JsonTokenType.StartArray && depth == 0)
                ReadData(ref reader, work, limits, depth + 1);
            else
                JsonText.ReadText(ref reader, work, limits);
        }
    }

    private static void ReadOutputs(ref Utf8JsonReader reader, List<string> outputs)
    {
        JsonText.Require(ref reader, JsonTokenType.StartArray, "outputs");
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            JsonText.Require(ref reader, JsonTokenType.StartObject, "an output");
            string? name = null;
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                if (reader.ValueTextEquals("name"u8) && reader.Read())
                    name = JsonText.ReadString(ref reader, "name");
                else if (reader.ValueTextEquals("parameters"u8) && reader.Read())
                    ReadParameters(ref reader);
                else
                    throw JsonText.Unknown(ref reader, "name, parameters");
            }
            if (outputs.Count == MostOutputs)
                throw ProblemException.Bad(ProblemCode.InvalidField, $"more than {MostOutputs} outputs are asked for");
            outputs.Add(name ?? throw ProblemException.Bad(ProblemCode.InvalidField, "an output has no name"));
        }
    }
}
