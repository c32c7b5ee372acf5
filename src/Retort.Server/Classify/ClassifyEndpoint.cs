using System.Text.Json;
using Microsoft.Extensions.ObjectPool;
using Retort.Server.Models;
using Retort.Server.Requests;

namespace Retort.Server.Classify;

/// <summary><c>POST /v1/classify</c>: texts in, answers out; as one JSON document or as a stream of lines.</summary>
internal sealed class ClassifyEndpoint(
    ServerOptions options, ModelStore models, Classifying classifying, RequestBody bodies, ObjectPool<Workspace> workspaces, ClassifyStream stream)
{
    public Task HandleAsync(HttpContext context)
    {
        if (IsType(context.Request.ContentType, "application/x-ndjson") || IsType(context.Request.ContentType, "application/jsonl"))
            return stream.HandleAsync(context);
        if (!IsType(context.Request.ContentType, "application/json"))
            throw new ProblemException(StatusCodes.Status415UnsupportedMediaType, ProblemCode.UnsupportedType, "expected the Content-Type application/json or application/x-ndjson");
        return AnswerAsync(context);
    }

    /// <summary>Whether a Content-Type is this one, in UTF-8 or without a charset.</summary>
    internal static bool IsType(string? found, string wanted) =>
        found is not null && found.StartsWith(wanted, StringComparison.OrdinalIgnoreCase)
        && (found.Length == wanted.Length || IsUtf8(found.AsSpan(wanted.Length).Trim()));

    private static bool IsUtf8(ReadOnlySpan<char> rest) =>
        rest.StartsWith(";") && rest[1..].Trim() is var charset
        && (charset.Equals("charset=utf-8", StringComparison.OrdinalIgnoreCase) || charset.Equals("charset=\"utf-8\"", StringComparison.OrdinalIgnoreCase));

    private async Task AnswerAsync(HttpContext context)
    {
        if (context.Request.Query.Count > 0)
            throw ProblemException.Bad(ProblemCode.InvalidField, "the address has options, which are a stream's: expected them in the body");
        Workspace work = workspaces.Get();
        using BodyCharge charge = bodies.Open();
        ServedModel? model = null;
        try
        {
            ClassifyRequest request = await bodies.ReadAsync(context, charge, body => ClassifyRequest.Read(body, work, options.Limits)).ConfigureAwait(false);
            if (!models.TryEnter(request.Model, out model))
                throw UnknownModel();
            if (request.Teacher == true && model.Teacher is null)
                throw NoTeacher();
            int? explained = AnswerWriter.Explained(model, request);
            if (request.Explain && work.Count > options.Limits.Explained)
            {
                throw ProblemException.Bad(ProblemCode.TooManyTexts,
                    FormattableString.Invariant($"{work.Count} texts are to be explained: expected at most {options.Limits.Explained}; send them in several requests"));
            }
            await classifying.RunAsync(model, work, request.Timings, request.Teacher, context.RequestAborted).ConfigureAwait(false);
            if (request.Explain)
                await classifying.ExplainAsync(model, work, explained, context.RequestAborted).ConfigureAwait(false);
            Write(work, model, request);
            await SendAsync(context, work).ConfigureAwait(false);
        }
        finally
        {
            model?.Leave();
            workspaces.Return(work);
        }
    }

    internal static ProblemException UnknownModel() => new(StatusCodes.Status404NotFound, ProblemCode.UnknownModel, "there is no model of this name: GET /v1/models lists them");

    internal static ProblemException NoTeacher() => ProblemException.Bad(ProblemCode.InvalidField, "teacher is true and the model has no cascade");

    /// <summary>Sends what stands in the workspace's output.</summary>
    internal static async Task SendAsync(HttpContext context, Workspace work)
    {
        work.Json.Flush();
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = work.Output.WrittenCount;
        await context.Response.BodyWriter.WriteAsync(work.Output.WrittenMemory, context.RequestAborted).ConfigureAwait(false);
    }

    private static void Write(Workspace work, ServedModel model, ClassifyRequest request)
    {
        Utf8JsonWriter json = work.Json;
        json.WriteStartObject();
        json.WriteString("model"u8, model.JsonName);
        json.WriteString("version"u8, model.JsonVersion);
        json.WriteStartArray("answers"u8);
        for (int k = 0; k < work.Count; k++)
            AnswerWriter.Write(json, model, request, work, k);
        json.WriteEndArray();
        json.WriteEndObject();
    }
}
