using System.Text.Json;
using Retort.Server.Requests;

namespace Retort.Server.Classify;

/// <summary>What <c>POST /v1/classify</c> is asked for beside the texts, which stand in the workspace.</summary>
internal sealed record ClassifyRequest
{
    private const string Fields = "model, texts, probabilities, explain, explain_label, timings, teacher";

    /// <summary>Null: the first model.</summary>
    public string? Model { get; init; }

    /// <summary>Whether the probability of every class is told.</summary>
    public bool Probabilities { get; init; }

    /// <summary>Whether it is told what spoke for the class.</summary>
    public bool Explain { get; init; }

    /// <summary>The class to explain; null: the likeliest.</summary>
    public string? ExplainLabel { get; init; }

    /// <summary>Whether it is told how long each text took.</summary>
    public bool Timings { get; init; }

    /// <summary>True: the teacher is asked about every text, and told beside the student. False: it is asked about none. Null: about those that the student is unsure of.</summary>
    public bool? Teacher { get; init; }

    /// <summary>Reads a body.</summary>
    /// <exception cref="ProblemException">It is not what was expected.</exception>
    public static ClassifyRequest Read(ReadOnlySpan<byte> body, Workspace work, ServerLimits limits) =>
        JsonText.Read(body, (ref Utf8JsonReader reader) => Read(ref reader, work, limits));

    /// <summary>Reads the options of a stream.</summary>
    /// <exception cref="ProblemException">One is unknown, or has a value that it cannot have.</exception>
    public static ClassifyRequest OfQuery(IQueryCollection query)
    {
        var request = new ClassifyRequest();
        foreach ((string name, Microsoft.Extensions.Primitives.StringValues values) in query)
        {
            string value = values.Count == 1 ? values[0] ?? "" : throw ProblemException.Bad(ProblemCode.InvalidField, $"{name} is given {values.Count} times");
            request = name switch
            {
                "model" => request with { Model = value },
                "probabilities" => request with { Probabilities = Flag(name, value) },
                "explain" => request with { Explain = Flag(name, value) },
                "explain_label" => request with { ExplainLabel = value },
                "timings" => request with { Timings = Flag(name, value) },
                "teacher" => request with { Teacher = Flag(name, value) },
                _ => throw ProblemException.Bad(ProblemCode.UnknownField, "the address has an option that there is not: expected model, probabilities, explain, explain_label, timings, teacher"),
            };
        }
        return request;
    }

    private static bool Flag(string name, string value) => value switch
    {
        "true" or "" => true,
        "false" => false,
        _ => throw ProblemException.Bad(ProblemCode.InvalidField, $"{name} is neither true nor false"),
    };

    private static ClassifyRequest Read(ref Utf8JsonReader reader, Workspace work, ServerLimits limits)
    {
        JsonText.Require(ref reader, JsonTokenType.StartObject, "the body");
        var request = new ClassifyRequest();
        bool texts = false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("texts"u8))
            {
                if (texts)
                    throw ProblemException.Bad(ProblemCode.InvalidField, "texts is given twice");
                texts = true;
                reader.Read();
                ReadTexts(ref reader, work, limits);
            }
            else
            {
                request = ReadOption(ref reader, request);
            }
        }
        return texts ? request : throw ProblemException.Bad(ProblemCode.InvalidField, "texts is missing: expected an array of strings");
    }

    private static ClassifyRequest ReadOption(ref Utf8JsonReader reader, ClassifyRequest request)
    {
        if (Next(ref reader, "model"u8))
            return request with { Model = JsonText.ReadString(ref reader, "model") };
        if (Next(ref reader, "probabilities"u8))
            return request with { Probabilities = JsonText.ReadBoolean(ref reader, "probabilities") };
        if (Next(ref reader, "explain"u8))
            return request with { Explain = JsonText.ReadBoolean(ref reader, "explain") };
        if (Next(ref reader, "explain_label"u8))
            return request with { ExplainLabel = JsonText.ReadString(ref reader, "explain_label") };
        if (Next(ref reader, "timings"u8))
            return request with { Timings = JsonText.ReadBoolean(ref reader, "timings") };
        if (Next(ref reader, "teacher"u8))
            return request with { Teacher = JsonText.ReadBoolean(ref reader, "teacher") };
        throw JsonText.Unknown(ref reader, Fields);
    }

    private static bool Next(ref Utf8JsonReader reader, ReadOnlySpan<byte> name) => reader.ValueTextEquals(name) && reader.Read();

    private static void ReadTexts(ref Utf8JsonReader reader, Workspace work, ServerLimits limits)
    {
        JsonText.Require(ref reader, JsonTokenType.StartArray, "texts");
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            JsonText.ReadText(ref reader, work, limits);
        if (work.Count == 0)
            throw ProblemException.Bad(ProblemCode.InvalidField, "texts is empty: expected at least one");
    }
}
