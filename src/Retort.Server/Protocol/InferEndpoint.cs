using System.Text.Json;
using Microsoft.Extensions.ObjectPool;
using Retort.Server.Classify;
using Retort.Server.Models;
using Retort.Server.Requests;

namespace Retort.Server.Protocol;

/// <summary>Inference and metadata of the Open Inference Protocol over HTTP.</summary>
internal sealed class InferEndpoint(ServerOptions options, ModelStore models, Classifying classifying, RequestBody bodies, ServerState state, ObjectPool<Workspace> workspaces)
{
    /// <summary><c>POST /v2/models/{model}[/versions/{version}]/infer</c></summary>
    public async Task InferAsync(HttpContext context)
    {
        if (!ClassifyEndpoint.IsType(context.Request.ContentType, "application/json"))
            throw new ProblemException(StatusCodes.Status415UnsupportedMediaType, ProblemCode.UnsupportedType, "expected the Content-Type application/json");
        ServedModel model = Enter(context);
        Workspace work = workspaces.Get();
        using BodyCharge charge = bodies.Open();
        try
        {
            InferRequest request = await bodies.ReadAsync(context, charge, body => InferRequest.Read(body, work, options.Limits)).ConfigureAwait(false);
            (string Name, string Type, int[] Shape)[] wanted = ModelTensors.Wanted(model, request.Outputs);
            await classifying.RunAsync(model, work, timings: false, askTeacher: null, context.RequestAborted).ConfigureAwait(false);
            Write(work, model, request.Id, wanted);
            await ClassifyEndpoint.SendAsync(context, work).ConfigureAwait(false);
        }
        finally
        {
            model.Leave();
            workspaces.Return(work);
        }
    }

    /// <summary><c>GET /v2/models/{model}[/versions/{version}]</c></summary>
    public async Task MetadataAsync(HttpContext context)
    {
        ServedModel model = Enter(context);
        Workspace work = workspaces.Get();
        try
        {
            Utf8JsonWriter json = work.Json;
            json.WriteStartObject();
            json.WriteString("name"u8, model.JsonName);
            json.WriteStartArray("versions"u8);
            json.WriteStringValue(model.JsonVersion);
            json.WriteEndArray();
            json.WriteString("platform"u8, ModelTensors.Platform);
            json.WriteStartArray("inputs"u8);
            WriteTensor(json, (ModelTensors.Input, "BYTES", [-1]));
            json.WriteEndArray();
            json.WriteStartArray("outputs"u8);
            foreach ((string, string, int[]) output in ModelTensors.Outputs(model))
                WriteTensor(json, output);
            json.WriteEndArray();
            json.WriteEndObject();
            await ClassifyEndpoint.SendAsync(context, work).ConfigureAwait(false);
        }
        finally
        {
            model.Leave();
            workspaces.Return(work);
        }
    }

    /// <summary><c>GET /v2/models/{model}[/versions/{version}]/ready</c></summary>
    public async Task ReadyAsync(HttpContext context)
    {
        ServedModel model = Enter(context);
        try
        {
            context.Response.ContentType = "application/json";
            context.Response.StatusCode = state.IsReady ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
            await context.Response.WriteAsync($$"""{"name":"{{model.JsonName}}","ready":{{(state.IsReady ? "true" : "false")}}}""", context.RequestAborted).ConfigureAwait(false);
        }
        finally
        {
            model.Leave();
        }
    }

    private ServedModel Enter(HttpContext context)
    {
        if (!models.TryEnter((string?)context.Request.RouteValues["model"], out ServedModel? model))
            throw ClassifyEndpoint.UnknownModel();
        if (context.Request.RouteValues["version"] is not string version || version == model.Version)
            return model;
        string current = model.Version;
        model.Leave();
        throw UnknownVersion(current);
    }

    internal static ProblemException UnknownVersion(string current) =>
        new(StatusCodes.Status404NotFound, ProblemCode.UnknownVersion, $"the model has not this version: {current} is served; leave the version out for whatever is");

    private static void Write(Workspace work, ServedModel model, string? id, (string Name, string Type, int[] Shape)[] wanted)
    {
        Utf8JsonWriter json = work.Json;
        json.WriteStartObject();
        json.WriteString("model_name"u8, model.JsonName);
        json.WriteString("model_version"u8, model.JsonVersion);
        if (id is not null)
            json.WriteString("id"u8, id);
        json.WriteStartArray("outputs"u8);
        foreach ((string name, string type, int[] shape) in wanted)
        {
            json.WriteStartObject();
            json.WriteString("name"u8, name);
            json.WriteString("datatype"u8, type);
            WriteShape(json, shape, work.Count);
            json.WriteStartArray("data"u8);
            for (int k = 0; k < work.Count; k++)
                WriteValue(json, model, name, work, k);
            json.WriteEndArray();
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteValue(Utf8JsonWriter json, ServedModel model, string name, Workspace work, int k)
    {
        ref Answer answer = ref work.Answers[k];
        ReadOnlySpan<float> probabilities = work.Answered(k);
        int index = Classifying.IndexOfMost(probabilities);
        switch (name)
        {
            case ModelTensors.Label:
                json.WriteStringValue(model.JsonLabels[index]);
                break;
            case ModelTensors.Probability:
                json.WriteNumberValue(probabilities[index]);
                break;
            case ModelTensors.Source:
                json.WriteStringValue(answer.Deferred ? "teacher"u8 : "student"u8);
                break;
            case ModelTensors.InScope:
                json.WriteBooleanValue(model.IsInScope(answer.Confidence)!.Value);
                break;
            default:
                foreach (float probability in probabilities)
                    json.WriteNumberValue(probability);
                break;
        }
    }

    private static void WriteTensor(Utf8JsonWriter json, (string Name, string Type, int[] Shape) tensor)
    {
        json.WriteStartObject();
        json.WriteString("name"u8, tensor.Name);
        json.WriteString("datatype"u8, tensor.Type);
        WriteShape(json, tensor.Shape, texts: -1);
        json.WriteEndObject();
    }

    private static void WriteShape(Utf8JsonWriter json, int[] shape, int texts)
    {
        json.WriteStartArray("shape"u8);
        foreach (int size in shape)
            json.WriteNumberValue(size < 0 ? texts : size);
        json.WriteEndArray();
    }
}
