using System.Text.Json;
using Retort.Onnx.Cascades;
using Retort.Runtime;
using Retort.Server.Models;
using Retort.Server.Requests;

namespace Retort.Server.Classify;

/// <summary>Writes the answer to one text as JSON.</summary>
internal static class AnswerWriter
{
    private static readonly JsonEncodedText Student = JsonEncodedText.Encode("student"), TeacherName = JsonEncodedText.Encode("teacher");

    public static void Write(Utf8JsonWriter json, ServedModel model, ClassifyRequest request, Workspace work, int k)
    {
        json.WriteStartObject();
        WriteFields(json, model, request, work, k);
        json.WriteEndObject();
    }

    /// <summary>The index of the class to explain; null: the likeliest.</summary>
    /// <exception cref="ProblemException">The model has no such class, or nothing is to be explained.</exception>
    public static int? Explained(ServedModel model, ClassifyRequest request)
    {
        if (request.ExplainLabel is null)
            return null;
        if (!request.Explain)
            throw ProblemException.Bad(ProblemCode.InvalidField, "explain_label is given and explain is not true: expected both, or neither");
        for (int k = 0; k < model.Labels.Count; k++)
        {
            if (model.Labels[k] == request.ExplainLabel)
                return k;
        }
        throw ProblemException.Bad(ProblemCode.UnknownLabel, "explain_label is no class of the model: GET /v1/models lists them");
    }

    private static void WriteFields(Utf8JsonWriter json, ServedModel model, ClassifyRequest request, Workspace work, int k)
    {
        ref Answer answer = ref work.Answers[k];
        ReadOnlySpan<float> probabilities = work.Answered(k);
        int index = Classifying.IndexOfMost(probabilities);
        json.WriteString("label"u8, model.JsonLabels[index]);
        json.WriteNumber("probability"u8, probabilities[index]);
        if (model.Teacher is not null)
            json.WriteString("source"u8, answer.Deferred ? TeacherName : Student);
        if (answer.Fallback is not null)
            json.WriteString("fallback"u8, answer.Fallback);
        if (model.IsInScope(answer.Confidence) is { } inScope)
            json.WriteBoolean("in_scope"u8, inScope);
        if (model.Cascade?.Conformal is { } conformal)
            WriteSet(json, model, conformal, work.Probabilities(k));
        if (request.Probabilities)
            WriteProbabilities(json, model, probabilities);
        if (answer.Explanation is not null)
            WriteExplanation(json, answer.Explanation);
        if (request.Timings || request.Teacher == true)
            WriteSide(json, "student"u8, model, work.Probabilities(k), request, answer.Microseconds);
        if (answer.Teacher is not null && (request.Timings || request.Teacher == true))
            WriteSide(json, "teacher"u8, model, answer.Teacher, request, answer.TeacherMicroseconds);
    }

    private static void WriteSide(Utf8JsonWriter json, ReadOnlySpan<byte> name, ServedModel model, ReadOnlySpan<float> probabilities, ClassifyRequest request, float microseconds)
    {
        int index = Classifying.IndexOfMost(probabilities);
        json.WriteStartObject(name);
        json.WriteString("label"u8, model.JsonLabels[index]);
        json.WriteNumber("probability"u8, probabilities[index]);
        if (request.Probabilities)
            WriteProbabilities(json, model, probabilities);
        if (request.Timings)
            json.WriteNumber("microseconds"u8, microseconds);
        json.WriteEndObject();
    }

    private static void WriteProbabilities(Utf8JsonWriter json, ServedModel model, ReadOnlySpan<float> probabilities)
    {
        json.WriteStartObject("probabilities"u8);
        for (int k = 0; k < probabilities.Length; k++)
            json.WriteNumber(model.JsonLabels[k], probabilities[k]);
        json.WriteEndObject();
    }

    private static void WriteSet(Utf8JsonWriter json, ServedModel model, ConformalRule rule, ReadOnlySpan<float> probabilities)
    {
        json.WriteStartArray("set"u8);
        for (int k = 0; k < probabilities.Length; k++)
        {
            if (probabilities[k] >= rule.Threshold)
                json.WriteStringValue(model.JsonLabels[k]);
        }
        json.WriteEndArray();
    }

    private static void WriteExplanation(Utf8JsonWriter json, Explanation explanation)
    {
        json.WriteStartObject("explanation"u8);
        json.WriteString("label"u8, explanation.Label);
        json.WriteNumber("logit"u8, explanation.Logit);
        json.WriteNumber("bias"u8, explanation.Bias);
        json.WriteStartArray("parts"u8);
        foreach (ExplanationPart part in explanation.Parts)
        {
            json.WriteStartObject();
            json.WriteNumber("start"u8, part.Start);
            json.WriteNumber("end"u8, part.End);
            json.WriteNumber("contribution"u8, part.Contribution);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }
}
