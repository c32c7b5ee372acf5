using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using Retort.Runs;

namespace Retort.Teachers.Sources;

/// <summary>Requests to the hub: redirects without leaking the token, timeouts, attempts.</summary>
internal sealed class HubClient : IDisposable
{
    private const int MaxRedirects = 10;
    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(2);

    private readonly SourceOptions _options;
    private readonly HttpClient _http;
    private readonly IProgress<StageProgress>? _progress;
    private bool _reached;

    public HubClient(SourceOptions options, IProgress<StageProgress>? progress)
    {
        _options = options;
        _progress = progress;
        _http = new HttpClient(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            ConnectTimeout = options.ConnectTimeout,
            UseCookies = false,
        })
        { Timeout = Timeout.InfiniteTimeSpan };
        _http.DefaultRequestHeaders.UserAgent.ParseAdd("retort/0.1");
        // A compressed body would have another length and another tag.
        _http.DefaultRequestHeaders.AcceptEncoding.ParseAdd("identity");
    }

    /// <summary>An address on the hub.</summary>
    public Uri Address(string path) => new($"{_options.HubEndpoint.AbsoluteUri.TrimEnd('/')}/{path}");

    /// <summary>Runs attempts until one succeeds, waiting longer after each that gained nothing.</summary>
    /// <exception cref="RetortException">The last attempt failed too.</exception>
    public async Task<T> RetryAsync<T>(
        string what, Func<CancellationToken, Task<T>> attempt, CancellationToken cancellationToken)
    {
        for (int failures = 1; ; failures++)
        {
            try
            {
                return await attempt(cancellationToken).ConfigureAwait(false);
            }
            catch (TransientException e)
            {
                if (e.Progressed)
                    failures = 1;
                if (failures >= _options.Attempts)
                {
                    throw new RetortException($"{what}: {e.Message} ({failures} attempts). Try again later: what was "
                        + "downloaded is kept", e);
                }
                TimeSpan wait = e.RetryAfter ?? _options.RetryDelay * Math.Pow(2, failures - 1);
                wait = wait > LongestWait ? LongestWait : wait;
                _progress?.Report(StageProgress.Note(ModelSource.Stage, string.Create(CultureInfo.InvariantCulture,
                    $"{what}: {e.Message}; next attempt in {wait.TotalSeconds:0.#} s")));
                await Task.Delay(wait, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Sends one GET request and follows redirects; the token goes to the hub alone.</summary>
    /// <param name="address">Where to.</param>
    /// <param name="resume">The bytes that are there already and the tag that they belong to; null: all.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="TransientException">The connection failed; a response of any status is returned.</exception>
    /// <exception cref="HubUnreachableException">No connection was ever made.</exception>
    public async Task<HubResponse> SendAsync(
        Uri address, (long Start, string Tag)? resume, CancellationToken cancellationToken)
    {
        Checksum? checksum = null;
        long? size = null;
        for (int hop = 0; hop <= MaxRedirects; hop++)
        {
            HttpResponseMessage response = await SendOnceAsync(address, resume, cancellationToken).ConfigureAwait(false);
            if (IsHub(address))
            {
                // A large file's own tag comes with the redirect; what a content network says of it is no checksum.
                checksum ??= Checksum.FromETag(Header(response, "X-Linked-ETag")) ?? Checksum.FromETag(Header(response, "ETag"));
                size ??= long.TryParse(Header(response, "X-Linked-Size"), CultureInfo.InvariantCulture, out long s) ? s : null;
            }
            if (!IsRedirect(response.StatusCode) || response.Headers.Location is not { } location)
                return new HubResponse(response, checksum, size);
            response.Dispose();
            address = Follow(address, location);
        }
        throw new RetortException($"{address}: more than {MaxRedirects} redirects");
    }

    /// <summary>Reads from a body; a stall or a lost connection is transient.</summary>
    public async Task<int> ReadAsync(Stream body, Memory<byte> buffer, CancellationToken cancellationToken) =>
        await WithTimeoutAsync(token => body.ReadAsync(buffer, token).AsTask(), cancellationToken).ConfigureAwait(false);

    public void Dispose() => _http.Dispose();

    private async Task<HttpResponseMessage> SendOnceAsync(
        Uri address, (long Start, string Tag)? resume, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        if (_options.Token is not null && IsHub(address))
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", _options.Token);
        if (resume is { } partial)
        {
            request.Headers.Range = new RangeHeaderValue(partial.Start, null);
            request.Headers.IfRange = new RangeConditionHeaderValue(partial.Tag);
        }
        HttpResponseMessage response = await WithTimeoutAsync(
            token => _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, token), cancellationToken)
            .ConfigureAwait(false);
        _reached = true;
        return response;
    }

    private async Task<T> WithTimeoutAsync<T>(Func<CancellationToken, Task<T>> action, CancellationToken cancellationToken)
    {
        using var stall = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        stall.CancelAfter(_options.StallTimeout);
        try
        {
            return await action(stall.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is HttpRequestException or IOException
            || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            string reason = e is OperationCanceledException ? "no answer in time" : e.Message;
            if (!_reached)
                throw new HubUnreachableException($"{_options.HubEndpoint} cannot be reached ({reason})", e);
            throw new TransientException($"the connection was lost ({reason})", e);
        }
    }

    private bool IsHub(Uri address) => Uri.Compare(address, _options.HubEndpoint, UriComponents.SchemeAndServer,
        UriFormat.Unescaped, StringComparison.OrdinalIgnoreCase) == 0;

    private static Uri Follow(Uri from, Uri location)
    {
        var next = new Uri(from, location);
        if (next.Scheme != from.Scheme && next.Scheme != Uri.UriSchemeHttps)
            throw new RetortException($"{from} redirects to {next.Scheme}://{next.Host}, which is not secure");
        return next;
    }

    private static bool IsRedirect(HttpStatusCode status) => (int)status is 301 or 302 or 303 or 307 or 308;

    private static string? Header(HttpResponseMessage response, string name) =>
        response.Headers.TryGetValues(name, out IEnumerable<string>? values) ? values.FirstOrDefault() : null;
}
