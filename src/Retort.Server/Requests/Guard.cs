using Microsoft.AspNetCore.Connections;
using Retort.Server.Security;
using Retort.Server.Telemetry;

namespace Retort.Server.Requests;

/// <summary>Stands before everything: who may ask, what refusals look like, and that nothing of the inside leaks.</summary>
internal sealed partial class Guard(RequestDelegate next, ServerState state, ApiKeys keys, Hosts hosts, ServerMetrics metrics, ILogger<Guard> log)
{
    private static readonly HashSet<string> Open =
    [
        "/", "/page.css", "/page.js", "/icon.svg", "/openapi.json", "/v2/health/live", "/v2/health/ready",
        "/inference.GRPCInferenceService/ServerLive", "/inference.GRPCInferenceService/ServerReady",
    ];

    public Task InvokeAsync(HttpContext context)
    {
        Problems.SecurityHeaders(context.Response);
        if (!state.IsReady && context.Request.Protocol == HttpProtocol.Http11)
            context.Response.Headers.Connection = "close";
        // Probes call a container by its address.
        if (!hosts.Allows(context.Request.Host) && !context.Request.Path.StartsWithSegments("/v2/health", StringComparison.Ordinal))
            return RefuseAsync(context, StatusCodes.Status421MisdirectedRequest, ProblemCode.WrongHost, "this server does not answer to this host name: expected one of those that it was started with");
        if (keys.AreNeeded && !Open.Contains(context.Request.Path.Value ?? "") && !keys.Open(context.Request.Headers))
            return RefuseAsync(context, StatusCodes.Status401Unauthorized, ProblemCode.Unauthorized, "expected an API key: Authorization: Bearer KEY");
        return HandleAsync(context);
    }

    private async Task HandleAsync(HttpContext context)
    {
        try
        {
            await next(context).ConfigureAwait(false);
            if (context.Response is { StatusCode: >= 400, HasStarted: false, ContentType: null } response)
                await RefuseAsync(context, response.StatusCode, CodeOf(response.StatusCode), DetailOf(response.StatusCode)).ConfigureAwait(false);
        }
        catch (ProblemException problem)
        {
            await RefuseAsync(context, problem.Status, problem.Code, problem.Message).ConfigureAwait(false);
        }
        catch (BadHttpRequestException e)
        {
            await RefuseAsync(context, e.StatusCode, CodeOf(e.StatusCode), DetailOf(e.StatusCode)).ConfigureAwait(false);
        }
        catch (Exception e) when (e is OperationCanceledException or ConnectionAbortedException or ConnectionResetException && context.RequestAborted.IsCancellationRequested)
        {
            // The client has gone: there is nobody to tell.
            metrics.Refused("client_gone");
        }
        catch (Exception e)
        {
            Failed(e, context.Request.Method, context.GetEndpoint()?.DisplayName ?? "nothing");
            await RefuseAsync(context, StatusCodes.Status500InternalServerError, ProblemCode.Internal, "the server has failed; its log says more").ConfigureAwait(false);
        }
    }

    private Task RefuseAsync(HttpContext context, int status, string code, string detail)
    {
        metrics.Refused(code);
        return Problems.WriteAsync(context, status, code, detail);
    }

    private static string CodeOf(int status) => status switch
    {
        StatusCodes.Status404NotFound => ProblemCode.NotFound,
        StatusCodes.Status405MethodNotAllowed => ProblemCode.WrongMethod,
        StatusCodes.Status408RequestTimeout => ProblemCode.TooSlow,
        StatusCodes.Status413PayloadTooLarge => ProblemCode.BodyTooLarge,
        StatusCodes.Status415UnsupportedMediaType => ProblemCode.UnsupportedType,
        _ => ProblemCode.BadRequest,
    };

    private static string DetailOf(int status) => status switch
    {
        StatusCodes.Status404NotFound => "there is nothing here: /openapi.json lists what there is",
        StatusCodes.Status405MethodNotAllowed => "this method is not for this address: the header Allow lists those that are",
        StatusCodes.Status408RequestTimeout => "the request came too slowly",
        StatusCodes.Status413PayloadTooLarge => "the body is too large",
        StatusCodes.Status415UnsupportedMediaType => "this Content-Type is not understood",
        _ => "the request is not understood",
    };

    [LoggerMessage(Level = LogLevel.Error, Message = "{Method} of {Endpoint} failed")]
    private partial void Failed(Exception e, string method, string endpoint);
}
