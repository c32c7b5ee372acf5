using System.Text.Json;
using Microsoft.Extensions.ObjectPool;
using Retort.Server.Classify;
using Retort.Server.Requests;

namespace Retort.Server.Models;

/// <summary><c>GET /v1/models</c>: what is served, and within which limits.</summary>
internal sealed class ModelsEndpoint(ServerOptions options, ModelStore models, ObjectPool<Workspace> workspaces)
{
    public async Task HandleAsync(HttpContext context)
    {
        Workspace work = workspaces.Get();
        try
        {
            Utf8JsonWriter json = work.Json;
            json.WriteStartObject();
            json.WriteStartArray("models"u8);
            foreach (ServedModel model in models.Current)
                Write(json, model);
            json.WriteEndArray();
            json.WriteStartObject("limits"u8);
            json.WriteNumber("texts"u8, options.Limits.Texts);
            json.WriteNumber("explained"u8, options.Limits.Explained);
            json.WriteNumber("characters"u8, options.Limits.Characters);
            json.WriteNumber("body_bytes"u8, options.Limits.BodyBytes);
            json.WriteEndObject();
            json.WriteEndObject();
            await ClassifyEndpoint.SendAsync(context, work).ConfigureAwait(false);
        }
        finally
        {
            workspaces.Return(work);
        }
    }

    private static void Write(Utf8JsonWriter json, ServedModel model)
    {
        json.WriteStartObject();
        json.WriteString("name"u8, model.JsonName);
        json.WriteString("version"u8, model.JsonVersion);
        json.WriteStartArray("labels"u8);
        foreach (JsonEncodedText label in model.JsonLabels)
            json.WriteStringValue(label);
        json.WriteEndArray();
        json.WriteBoolean("multi_label"u8, model.Classifier.IsMultiLabel);
        json.WriteNumber("max_tokens"u8, model.Classifier.MaxTokens);
        WriteRule(json, "cascade"u8, "threshold"u8, model.Teacher is null ? null : model.Cascade!.Threshold);
        WriteRule(json, "rejection"u8, "threshold"u8, model.Cascade?.Rejection?.Threshold);
        WriteRule(json, "conformal"u8, "coverage"u8, model.Cascade?.Conformal?.Coverage);
        json.WriteEndObject();
    }

    private static void WriteRule(Utf8JsonWriter json, ReadOnlySpan<byte> name, ReadOnlySpan<byte> field, double? value)
    {
        if (value is null)
        {
            json.WriteNull(name);
            return;
        }
        json.WriteStartObject(name);
        json.WriteNumber(field, value.Value);
        json.WriteEndObject();
    }
}
