using System.Buffers;
using System.IO.Pipelines;
using System.Text.Json;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.ObjectPool;
using Retort.Server.Models;
using Retort.Server.Requests;

namespace Retort.Server.Classify;

/// <summary>
/// <c>POST /v1/classify</c> with lines of JSON: each is a string or an object with <c>text</c>; each has one line of answer, in their order, as soon as the lines that came with it are
/// computed. A line that is wrong has an error for its answer, and the stream goes on. All lines are answered by one version of the model.
/// </summary>
internal sealed class ClassifyStream(ServerOptions options, ModelStore models, Classifying classifying, RequestBody bodies, ObjectPool<Workspace> workspaces)
{
    private static readonly byte[] EndOfLine = "\n"u8.ToArray();

    public async Task HandleAsync(HttpContext context)
    {
        ClassifyRequest request = ClassifyRequest.OfQuery(context.Request.Query);
        if (!models.TryEnter(request.Model, out ServedModel? model))
            throw ClassifyEndpoint.UnknownModel();
        Workspace work = workspaces.Get();
        try
        {
            if (request.Teacher == true && model.Teacher is null)
                throw ClassifyEndpoint.NoTeacher();
            int? explained = AnswerWriter.Explained(model, request);
            // A stream may be as long as it likes, but not slow.
            context.Features.Get<IHttpMaxRequestBodySizeFeature>()!.MaxRequestBodySize = null;
            context.Response.ContentType = "application/x-ndjson";
            context.Response.Headers["Retort-Model-Version"] = model.Version;
            await RunAsync(context, model, request, explained, work).ConfigureAwait(false);
        }
        finally
        {
            model.Leave();
            workspaces.Return(work);
        }
    }

    private async Task RunAsync(HttpContext context, ServedModel model, ClassifyRequest request, int? explained, Workspace work)
    {
        PipeReader reader = context.Request.BodyReader;
        using BodyCharge charge = bodies.Open();
        var lines = new List<StreamLine>();
        int most = request.Explain ? Math.Min(options.Limits.Explained, options.Limits.Texts) : options.Limits.Texts;
        long number = 0, searched = 0;
        bool skips = false;
        while (true)
        {
            ReadResult result = await reader.ReadAsync(context.RequestAborted).ConfigureAwait(false);
            ReadOnlySequence<byte> rest = result.Buffer;
            if (skips)
                skips = !TrySkipLine(ref rest);
            while (lines.Count < most && TryTakeLine(ref rest, ref searched, result.IsCompleted, out ReadOnlySequence<byte> line))
                lines.Add(ReadLine(line, ++number, work));
            bool full = lines.Count == most;
            if (!full && Hold(charge, rest.Length) is { } refusal)
            {
                // It is answered now, and what there is of it, and what comes, is let go.
                lines.Add(new StreamLine(++number, refusal));
                (rest, searched, skips) = (rest.Slice(rest.End), 0, true);
            }
            bool done = result.IsCompleted && rest.IsEmpty;
            // What is left of a full batch is looked at again without waiting for more.
            reader.AdvanceTo(rest.Start, full ? rest.Start : rest.End);
            await AnswerAsync(context, model, request, explained, work, lines).ConfigureAwait(false);
            if (done)
                return;
        }
    }

    /// <summary>What has come of a line waits for the rest of it.</summary>
    /// <returns>Why it may not; null: it may.</returns>
    private ProblemException? Hold(BodyCharge charge, long length)
    {
        charge.Set(0);
        if (length > options.Limits.BodyBytes)
            return RequestBody.TooLarge(options.Limits.BodyBytes);
        try
        {
            charge.Set(length);
            return null;
        }
        catch (ProblemException busy)
        {
            return busy;
        }
    }

    /// <returns>Whether its end has come.</returns>
    private static bool TrySkipLine(ref ReadOnlySequence<byte> rest)
    {
        SequencePosition? end = rest.PositionOf((byte)'\n');
        rest = rest.Slice(end is { } found ? rest.GetPosition(1, found) : rest.End);
        return end is not null;
    }

    /// <param name="rest">What has come and was not taken.</param>
    /// <param name="searched">How much of it is known to hold no end of a line: else each byte of a long one would cost a look at all those before.</param>
    /// <param name="completed">Whether nothing more comes.</param>
    /// <param name="line">Without its end.</param>
    private static bool TryTakeLine(ref ReadOnlySequence<byte> rest, ref long searched, bool completed, out ReadOnlySequence<byte> line)
    {
        line = rest;
        if (rest.Slice(searched).PositionOf((byte)'\n') is { } end)
        {
            line = rest.Slice(0, end);
            rest = rest.Slice(rest.GetPosition(1, end));
            searched = 0;
            return true;
        }
        searched = rest.Length;
        if (!completed || rest.IsEmpty)
            return false;
        rest = rest.Slice(rest.End);
        searched = 0;
        return true;
    }

    private StreamLine ReadLine(in ReadOnlySequence<byte> line, long number, Workspace work)
    {
        if (line.Length > options.Limits.BodyBytes)
            return new StreamLine(number, RequestBody.TooLarge(options.Limits.BodyBytes));
        int before = work.Count;
        try
        {
            return RequestBody.Read(line, bytes => bytes.Trim(" \t\r"u8).IsEmpty
                ? new StreamLine(number, null, Empty: true)
                : new StreamLine(number, JsonText.Read(bytes, (ref Utf8JsonReader reader) => ReadText(ref reader, work))));
        }
        catch (ProblemException problem)
        {
            // What is wrong may stand behind the text.
            if (work.Count > before)
                work.RemoveLast();
            return new StreamLine(number, problem);
        }
    }

    private ProblemException? ReadText(ref Utf8JsonReader reader, Workspace work)
    {
        if (reader.TokenType == JsonTokenType.StartObject)
        {
            if (!reader.Read() || reader.TokenType != JsonTokenType.PropertyName)
                throw ProblemException.Bad(ProblemCode.InvalidField, "text is missing");
            if (!reader.ValueTextEquals("text"u8))
                throw JsonText.Unknown(ref reader, "text, in a line of a stream");
            reader.Read();
            JsonText.ReadText(ref reader, work, options.Limits);
            if (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
                throw JsonText.Unknown(ref reader, "text alone, in a line of a stream");
        }
        else
        {
            JsonText.ReadText(ref reader, work, options.Limits);
        }
        return null;
    }

    private async Task AnswerAsync(HttpContext context, ServedModel model, ClassifyRequest request, int? explained, Workspace work, List<StreamLine> lines)
    {
        if (lines.Count == 0)
            return;
        ProblemException? refused = work.Count > 0 ? await ClassifyAsync(model, request, explained, work, context.RequestAborted).ConfigureAwait(false) : null;
        int text = 0;
        foreach (StreamLine line in lines)
        {
            if (line.Empty)
                continue;
            if ((line.Problem ?? refused) is { } problem)
                WriteError(work.Json, line.Number, problem);
            else
                AnswerWriter.Write(work.Json, model, request, work, text++);
            EndLine(work);
        }
        lines.Clear();
        await context.Response.BodyWriter.WriteAsync(work.Output.WrittenMemory, context.RequestAborted).ConfigureAwait(false);
        work.Reset();
    }

    // A server that is busy for a moment ends no stream: the lines of that moment are told so.
    private async ValueTask<ProblemException?> ClassifyAsync(ServedModel model, ClassifyRequest request, int? explained, Workspace work, CancellationToken gone)
    {
        try
        {
            await classifying.RunAsync(model, work, request.Timings, request.Teacher, gone).ConfigureAwait(false);
            if (request.Explain)
                await classifying.ExplainAsync(model, work, explained, gone).ConfigureAwait(false);
            return null;
        }
        catch (ProblemException problem)
        {
            return problem;
        }
    }

    private static void EndLine(Workspace work)
    {
        work.Json.Flush();
        work.Json.Reset();
        System.Buffers.BuffersExtensions.Write(work.Output, EndOfLine);
    }

    private static void WriteError(Utf8JsonWriter json, long number, ProblemException problem)
    {
        json.WriteStartObject();
        json.WriteStartObject("error"u8);
        json.WriteNumber("line"u8, number);
        json.WriteString("code"u8, problem.Code);
        json.WriteString("detail"u8, problem.Message);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    /// <summary>A line that was read.</summary>
    /// <param name="Number">From 1.</param>
    /// <param name="Problem">What is wrong with it; null: its text stands in the workspace.</param>
    /// <param name="Empty">Whether nothing stands in it, and nothing is answered.</param>
    private readonly record struct StreamLine(long Number, ProblemException? Problem, bool Empty = false);
}
