using Retort.Runs;

namespace Retort.Teachers.Sources;

/// <summary>What to say of a response that is not a success.</summary>
internal static class HubError
{
    /// <summary>The exception for a status: transient, or with the cure. The hub explains some in X-Error-Code.</summary>
    /// <param name="response">The response.</param>
    /// <param name="reference">The model asked for.</param>
    /// <param name="file">The file asked for; null: the model itself.</param>
    /// <param name="options">Endpoint and token.</param>
    public static Exception From(HttpResponseMessage response, HubReference reference, string? file, SourceOptions options)
    {
        string code = response.Headers.TryGetValues("X-Error-Code", out IEnumerable<string>? values) ? values.First() : "";
        string page = $"{options.HubEndpoint.AbsoluteUri.TrimEnd('/')}/{reference.Repository}";
        string what = file is null ? reference.ToString() : $"{reference}, {file}";
        int status = (int)response.StatusCode;
        return status switch
        {
            408 or 429 or >= 500 => new TransientException($"the hub answered {status} {response.ReasonPhrase}")
            {
                RetryAfter = RetryAfter(response),
            },
            401 or 403 when code == "GatedRepo" => new RetortException(
                $"{reference} is gated: ask for access at {page}, then set HF_TOKEN to a token of that account"),
            401 or 403 when options.Token is not null => new RetortException(
                $"{what}: the hub refuses the token in HF_TOKEN ({status}): the token is not valid, or has no access to "
                + $"{reference.Repository}, or there is no such model ({page})"),
            401 or 403 => new UsageException(
                $"{what}: the hub answered {status}: check the spelling; for a private model, set HF_TOKEN ({page})"),
            404 when code == "RevisionNotFound" => new UsageException(
                $"{reference.Repository} has no revision '{reference.Revision}': see {page}/tree/main for branches and commits"),
            404 when file is not null => new RetortException($"{what} is not there ({page})"),
            404 => new UsageException($"{what}: the hub has no such model or revision: check the spelling ({page})"),
            _ => new RetortException($"{what}: the hub answered {status} {response.ReasonPhrase} ({page})"),
        };
    }

    private static TimeSpan? RetryAfter(HttpResponseMessage response)
    {
        TimeSpan? wait = response.Headers.RetryAfter switch
        {
            { Delta: { } delta } => delta,
            { Date: { } date } => date - (response.Headers.Date ?? date),
            _ => null,
        };
        return wait < TimeSpan.Zero ? TimeSpan.Zero : wait;
    }
}
