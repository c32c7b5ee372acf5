using System.Text.Json;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Primitives;

namespace Retort.Server.Requests;

/// <summary>Answers as application/problem+json (RFC 9457), with a code for machines; below /v2 also as the Open Inference Protocol has errors.</summary>
internal static class Problems
{
    public const string ContentType = "application/problem+json";

    public static async Task WriteAsync(HttpContext context, int status, string code, string detail)
    {
        HttpResponse response = context.Response;
        if (response.HasStarted)
        {
            context.Abort();
            return;
        }
        (StringValues connection, StringValues allow) = (response.Headers.Connection, response.Headers.Allow);
        response.Clear();
        SecurityHeaders(response);
        // A server that stops closes the connection after a refusal, too; a wrong method is told the right ones.
        (response.Headers.Connection, response.Headers.Allow) = (connection, allow);
        response.StatusCode = status;
        response.ContentType = ContentType;
        if (status is StatusCodes.Status429TooManyRequests or StatusCodes.Status503ServiceUnavailable)
            response.Headers.RetryAfter = "1";
        if (status == StatusCodes.Status401Unauthorized)
            response.Headers.WWWAuthenticate = "Bearer";
        await using var json = new Utf8JsonWriter(response.BodyWriter, new JsonWriterOptions { Encoder = Json.Encoder });
        json.WriteStartObject();
        json.WriteString("type"u8, "about:blank"u8);
        json.WriteString("title"u8, ReasonPhrases.GetReasonPhrase(status));
        json.WriteNumber("status"u8, status);
        json.WriteString("code"u8, code);
        json.WriteString("detail"u8, detail);
        if (context.Request.Path.StartsWithSegments("/v2", StringComparison.Ordinal))
            json.WriteString("error"u8, detail);
        json.WriteEndObject();
        await json.FlushAsync(CancellationToken.None).ConfigureAwait(false);
    }

    /// <summary>Headers of every answer.</summary>
    public static void SecurityHeaders(HttpResponse response)
    {
        response.Headers.XContentTypeOptions = "nosniff";
        response.Headers.CacheControl = "no-store";
    }
}
