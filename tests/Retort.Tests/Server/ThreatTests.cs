using System.Diagnostics;
using System.Net;
using System.Text.Json.Nodes;
using Grpc.Core;
using Grpc.Net.Client;
using Retort.Server;
using Retort.Server.Protocol.Grpc;
using Retort.Tests.Pipeline;

namespace Retort.Tests.Server;

/// <summary>One test for each entry of the list of threats in docs/serving.md.</summary>
[Collection(FinishedRunTests.Name)]
public sealed class ThreatTests(ServerFixture server) : IClassFixture<ServerFixture>, IDisposable
{
    private const string Good = """{"texts":["a good film"]}""";

    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_body_beyond_the_limit_is_refused_whether_or_not_it_tells_its_length()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/classify") { Content = new ByteArrayContent(new byte[2 << 20]) };
        request.Content.Headers.ContentType = new("application/json");
        request.Headers.ExpectContinue = true;
        using HttpResponseMessage told = await server.Client.SendAsync(request, Cancellation);
        await told.AssertProblemAsync(413, "body_too_large");
        using RawConnection chunked = await RawConnection.OpenAsync(new Uri(server.Address).Port);
        await chunked.SendAsync("POST /v1/classify HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n");
        // One byte beyond the limit, and no end.
        await chunked.SendAsync("100001\r\n" + new string('x', (1 << 20) + 1) + "\r\n");
        string said = await chunked.ReadToEndAsync();
        Assert.StartsWith("HTTP/1.1 413", said, StringComparison.Ordinal);
        Assert.Contains("body_too_large", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Too_many_texts_and_too_long_ones_are_refused()
    {
        using HttpResponseMessage many = await server.Client.PostAsync("/v1/classify", new JsonObject { ["texts"] = new JsonArray([.. Enumerable.Repeat(0, 257).Select(_ => JsonValue.Create("a"))]) }.ToJsonString());
        Assert.Contains("256", await many.AssertProblemAsync(400, "too_many_texts"), StringComparison.Ordinal);
        using HttpResponseMessage length = await server.Client.PostAsync("/v1/classify", $$"""{"texts":["a","{{new string('x', 20_001)}}"]}""");
        Assert.Contains("text 1 has 20,001 characters", await length.AssertProblemAsync(400, "text_too_long"), StringComparison.Ordinal);
        // Characters count, not bytes.
        await server.Client.ClassifyAsync(new { texts = new[] { new string('词', 20_000) } });
    }

    [Fact]
    public async Task Bodies_under_way_take_no_more_memory_than_may_be_and_what_is_only_announced_takes_none()
    {
        await using OwnServer own = await OwnServer.StartAsync(server.Student, options => options with { Limits = new ServerLimits { BodyBytes = 10_000, PendingBytes = 25_000 } });
        string head = $"POST /v1/classify HTTP/1.1\r\nHost: localhost:{own.Port}\r\nContent-Type: application/json\r\nContent-Length: 10000\r\n\r\n{{", large = $$"""{"texts":["{{new string('x', 9_000)}}"]}""";
        using RawConnection announced = await RawConnection.OpenAsync(own.Port), other = await RawConnection.OpenAsync(own.Port), first = await RawConnection.OpenAsync(own.Port), second = await RawConnection.OpenAsync(own.Port);
        await announced.SendAsync(head);
        await other.SendAsync(head);
        await own.Client.AskAsync("/v1/classify", large);
        // A request pays until it is over, which is a little after its answer has come; one byte of each of the two announced is left.
        await UntilAsync(() => Task.FromResult(Pending(own) == 2));
        await first.SendAsync(head + new string(' ', 9_900));
        await second.SendAsync(head + new string(' ', 9_900));
        await UntilAsync(async () =>
        {
            await Task.Delay(400, Cancellation);
            return WithoutScope(await own.Client.GetStringAsync("/metrics", Cancellation)).Contains("retort_bodies_pending_bytes 1980", StringComparison.Ordinal);
        });
        using HttpResponseMessage third = await own.Client.PostAsync("/v1/classify", large);
        await third.AssertProblemAsync(429, "busy");
        Assert.Equal(TimeSpan.FromSeconds(1), third.Headers.RetryAfter!.Delta);
        await own.Client.ClassifyAsync(new { texts = new[] { "a good film" } });
    }

    [Fact]
    public async Task Over_gRPC_a_message_pays_for_what_has_come_of_it_and_has_to_come_in_time()
    {
        await using OwnServer own = await OwnServer.StartAsync(server.Student, options => options with
        {
            GrpcPort = 0,
            Limits = new ServerLimits { BodyBytes = 10_000, PendingBytes = 15_000, RequestTime = TimeSpan.FromSeconds(2) },
        });
        using var client = new HttpClient { BaseAddress = new Uri(own.Server.Addresses[1]) };
        // A service without a key, whose message is never read, and 9,000 of 9,500 bytes.
        Task<(string Status, double Seconds)> half = CallAsync("ServerLive", 9_500, 9_000);
        await UntilAsync(() => Task.FromResult(Pending(own) >= 9_000));
        (string busy, _) = await CallAsync("ModelInfer", 9_500, 9_000);
        Assert.Equal($"{(int)StatusCode.ResourceExhausted}", busy);
        (string late, double seconds) = await half;
        Assert.Equal($"{(int)StatusCode.DeadlineExceeded}", late);
        Assert.InRange(seconds, 1.5, 30);
        await UntilAsync(() => Task.FromResult(Pending(own) == 0));

        async Task<(string, double)> CallAsync(string method, int announced, int sent)
        {
            var clock = Stopwatch.StartNew();
            using var request = new HttpRequestMessage(HttpMethod.Post, $"/inference.GRPCInferenceService/{method}")
            {
                Version = HttpVersion.Version20,
                VersionPolicy = HttpVersionPolicy.RequestVersionExact,
                Content = new HalfMessage(announced, sent),
            };
            request.Headers.TE.ParseAdd("trailers");
            using HttpResponseMessage response = await client.SendAsync(request, Cancellation);
            await response.Content.ReadAsByteArrayAsync(Cancellation);
            return (string.Concat(response.Headers.Concat(response.TrailingHeaders).Where(header => header.Key == "grpc-status").SelectMany(header => header.Value)), clock.Elapsed.TotalSeconds);
        }
    }

    [Fact]
    public async Task More_explanations_than_may_be_are_refused()
    {
        using HttpResponseMessage refused = await server.Client.PostAsync("/v1/classify", System.Text.Json.JsonSerializer.Serialize(new { texts = Enumerable.Repeat("a good film", 33), explain = true }));
        Assert.Contains("at most 32", await refused.AssertProblemAsync(400, "too_many_texts"), StringComparison.Ordinal);
        await server.Client.ClassifyAsync(new { texts = Enumerable.Repeat("a good film", 32), explain = true });
    }

    [Fact]
    public async Task A_client_that_sends_too_slowly_is_cut_off()
    {
        await using OwnServer own = await OwnServer.StartAsync(server.Student, options => options with { Limits = new ServerLimits { HeaderTime = TimeSpan.FromSeconds(1) } });
        using RawConnection headers = await RawConnection.OpenAsync(own.Port), body = await RawConnection.OpenAsync(own.Port);
        var clock = Stopwatch.StartNew();
        await headers.SendAsync("POST /v1/classify HTTP/1.1\r\nHost: local");
        await body.SendAsync($"POST /v1/classify HTTP/1.1\r\nHost: localhost:{own.Port}\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{{");
        string[] said = await Task.WhenAll(headers.ReadToEndAsync(), body.ReadToEndAsync());
        Assert.StartsWith("HTTP/1.1 408", said[0], StringComparison.Ordinal);
        Assert.Contains("too_slow", said[1], StringComparison.Ordinal);
        Assert.InRange(clock.Elapsed.TotalSeconds, 1, 30);
        await own.Client.ClassifyAsync(new { texts = new[] { "a good film" } });
    }

    [Fact]
    public async Task More_connections_than_may_be_are_closed()
    {
        await using OwnServer own = await OwnServer.StartAsync(server.Student, options => options with { Limits = new ServerLimits { Connections = 3 } });
        var open = new List<RawConnection>();
        for (int k = 0; k < 3; k++)
            open.Add(await RawConnection.OpenAsync(own.Port));
        await Task.Delay(200, Cancellation);
        using (RawConnection fourth = await RawConnection.OpenAsync(own.Port))
            Assert.Equal("", await fourth.ReadToEndAsync());
        open.ForEach(connection => connection.Dispose());
        await Task.Delay(200, Cancellation);
        await own.Client.ClassifyAsync(new { texts = new[] { "a good film" } });
    }

    [Fact]
    public async Task Beyond_the_queue_requests_are_refused_at_once()
    {
        await using OwnServer own = await OwnServer.StartAsync(server.Student, options => options with { Limits = new ServerLimits { Concurrency = 1, Queue = 0 } });
        string many = new JsonObject { ["texts"] = new JsonArray([.. Enumerable.Range(0, 200).Select(k => JsonValue.Create(string.Join(' ', Enumerable.Repeat("good film", 400))))]) }.ToJsonString();
        HttpResponseMessage[] responses = await Task.WhenAll(Enumerable.Range(0, 40).Select(_ => own.Client.PostAsync("/v1/classify", many)));
        Assert.All(responses, response => Assert.True(response.StatusCode is HttpStatusCode.OK or HttpStatusCode.TooManyRequests, response.StatusCode.ToString()));
        Assert.Contains(responses, response => response.StatusCode == HttpStatusCode.OK);
        await responses.First(response => response.StatusCode == HttpStatusCode.TooManyRequests).AssertProblemAsync(429, "busy");
        Array.ForEach(responses, response => response.Dispose());
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\r\nHost: localhost\r\nX: {LONG}\r\n\r\n", "431")]
    [InlineData("GET /{LONG} HTTP/1.1\r\nHost: localhost\r\n\r\n", "414")]
    [InlineData("GET / HTTP/1.1\r\n{MANY}Host: localhost\r\n\r\n", "431")]
    [InlineData("GET / HTTP/1.1\r\n\r\n", "400")]
    [InlineData("nonsense\r\n\r\n", "400")]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "400")]
    [InlineData("POST /v1/classify HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /v1/models HTTP/1.1\r\nHost: localhost\r\n\r\n", "400")]
    [InlineData("POST /v1/classify HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "400")]
    public async Task Malformed_and_smuggled_requests_are_refused_and_the_connection_closed(string request, string status)
    {
        using RawConnection connection = await RawConnection.OpenAsync(new Uri(server.Address).Port);
        await connection.SendAsync(request.Replace("{LONG}", new string('x', 40_000), StringComparison.Ordinal)
            .Replace("{MANY}", string.Concat(Enumerable.Range(0, 200).Select(k => $"X{k}: 1\r\n")), StringComparison.Ordinal));
        string said = await connection.ReadToEndAsync();
        Assert.StartsWith($"HTTP/1.1 {status}", said, StringComparison.Ordinal);
        Assert.DoesNotContain("HTTP/1.1 200", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_page_elsewhere_cannot_ask_through_a_name_that_points_here()
    {
        using RawConnection connection = await RawConnection.OpenAsync(new Uri(server.Address).Port);
        await connection.SendAsync("GET /v1/models HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n");
        string said = await connection.ReadToEndAsync();
        Assert.StartsWith("HTTP/1.1 421", said, StringComparison.Ordinal);
        Assert.Contains("wrong_host", said, StringComparison.Ordinal);
        // Nor by a form or a plain fetch: JSON needs a preflight, which is not answered.
        using var preflight = new HttpRequestMessage(HttpMethod.Options, "/v1/classify") { Headers = { { "Origin", "https://evil.example" }, { "Access-Control-Request-Method", "POST" } } };
        using HttpResponseMessage response = await server.Client.SendAsync(preflight, Cancellation);
        Assert.False(response.Headers.Contains("Access-Control-Allow-Origin"));
        Assert.False(response.IsSuccessStatusCode);
        // Nor without a Content-Type, which needs no preflight.
        using HttpResponseMessage plain = await server.Client.PostAsync("/v2/models/plain/infer", new ByteArrayContent("{}"u8.ToArray()), Cancellation);
        await plain.AssertProblemAsync(415, "unsupported_media_type");
    }

    [Fact]
    public async Task Only_this_machine_is_listened_to_unless_told_otherwise()
    {
        Assert.Equal(IPAddress.Loopback, new ServerOptions { Models = [] }.Address);
        Assert.StartsWith("http://127.0.0.1:", server.Address, StringComparison.Ordinal);
        await Task.CompletedTask;
    }

    [Fact]
    public async Task Without_a_key_nothing_is_answered_but_health_and_the_page()
    {
        string keys = _folder.Write("keys", "# the first\nfirst-key-0123456789\n\nsecond-key-0123456789\n");
        await using OwnServer own = await OwnServer.StartAsync(server.Student, options => options with { ApiKeyFile = keys, ApiKeys = ["from-environment-012"], GrpcPort = 0 });
        foreach (string path in (string[])["/v1/models", "/v2", "/v2/models/m", "/metrics", "/v1/none"])
        {
            using HttpResponseMessage closed = await own.Client.GetAsync(path, Cancellation);
            await closed.AssertProblemAsync(401, "unauthorized");
            Assert.Equal("Bearer", closed.Headers.WwwAuthenticate.ToString());
        }
        using HttpResponseMessage classify = await own.Client.PostAsync("/v1/classify", Good);
        await classify.AssertProblemAsync(401, "unauthorized");
        using (GrpcChannel channel = GrpcChannel.ForAddress(own.Server.Addresses[1]))
        {
            RpcException error = await Assert.ThrowsAsync<RpcException>(() => OpenInferenceTests.CallAsync(channel, "ServerMetadata", new ServerMetadataRequest(), ServerMetadataResponse.Parser));
            Assert.Equal(StatusCode.Unauthenticated, error.StatusCode);
            Assert.True((await OpenInferenceTests.CallAsync(channel, "ServerLive", new ServerLiveRequest(), ServerLiveResponse.Parser)).Live);
        }
        foreach (string path in (string[])["/v2/health/live", "/v2/health/ready", "/", "/page.js", "/openapi.json"])
            Assert.True((await own.Client.GetAsync(path, Cancellation)).IsSuccessStatusCode, path);
        foreach (string key in (string[])["first-key-0123456789", "second-key-0123456789", "from-environment-012"])
            Assert.Equal(HttpStatusCode.OK, await StatusAsync(own, "Authorization", $"Bearer {key}"));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(own, "X-API-Key", "first-key-0123456789"));
        foreach (string wrong in (string[])["Bearer first-key-012345678", "Bearer first-key-01234567890", "Bearer ", "Basic first-key-0123456789", "first-key-0123456789", $"Bearer {new string('x', 10_000)}"])
            Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(own, "Authorization", wrong));
    }

    [Fact]
    public async Task A_key_that_is_taken_out_of_the_file_opens_no_more()
    {
        string keys = _folder.Write("keys", "first-key-0123456789\n");
        await using OwnServer own = await OwnServer.StartAsync(server.Student, options => options with { ApiKeyFile = keys });
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(own, "X-API-Key", "first-key-0123456789"));
        File.WriteAllText(keys, "second-key-0123456789\n");
        await UntilAsync(async () => await StatusAsync(own, "X-API-Key", "second-key-0123456789") == HttpStatusCode.OK);
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(own, "X-API-Key", "first-key-0123456789"));
        // A file that is cut off or gone locks nobody out, and nobody in.
        File.WriteAllText(keys, "short\n");
        await Task.Delay(200, Cancellation);
        File.Delete(keys);
        await Task.Delay(200, Cancellation);
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(own, "X-API-Key", "second-key-0123456789"));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(own, "X-API-Key", "short"));
    }

    [Fact]
    public async Task Neither_versions_nor_paths_nor_stacks_are_told()
    {
        foreach (string path in (string[])["/", "/v1/models", "/v2", "/v2/models/plain", "/none", "/openapi.json"])
        {
            using HttpResponseMessage response = await server.Client.GetAsync(path, Cancellation);
            string all = response.Headers + await response.Content.ReadAsStringAsync(Cancellation);
            Assert.DoesNotContain("Kestrel", all, StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotContain("Microsoft", all, StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotContain(server.Student, all, StringComparison.Ordinal);
            Assert.DoesNotContain(typeof(RetortServer).Assembly.GetName().Version!.ToString(3), all, StringComparison.Ordinal);
            Assert.False(response.Headers.Contains("Server"));
            Assert.Equal("nosniff", response.Headers.GetValues("X-Content-Type-Options").Single());
        }
    }

    [Fact]
    public async Task The_page_loads_nothing_from_elsewhere_and_stands_in_no_frame()
    {
        using HttpResponseMessage page = await server.Client.GetAsync("/", Cancellation);
        string policy = page.Headers.GetValues("Content-Security-Policy").Single();
        Assert.StartsWith("default-src 'none'; script-src 'self'; style-src 'self'", policy, StringComparison.Ordinal);
        Assert.Contains("frame-ancestors 'none'", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_model_s_name_reaches_no_file()
    {
        foreach (string name in (string[])["..%2f..%2fetc", new string('x', 3000)])
        {
            using HttpResponseMessage response = await server.Client.GetAsync($"/v2/models/{name}", Cancellation);
            await response.AssertProblemAsync(404, "unknown_model", "not_found");
        }
        using HttpResponseMessage zero = await server.Client.GetAsync("/v2/models/reviews%00", Cancellation);
        Assert.Equal((HttpStatusCode.BadRequest, ""), (zero.StatusCode, await zero.Content.ReadAsStringAsync(Cancellation)));
    }

    private static long Pending(OwnServer own) => ((Retort.Server.Requests.RequestBody)own.Server.Services.GetService(typeof(Retort.Server.Requests.RequestBody))!).Pending;

    private static string WithoutScope(string metrics) => System.Text.RegularExpressions.Regex.Replace(metrics, "\\{otel_scope_name=\"[^\"]*\"\\}", "");

    private static async Task<HttpStatusCode> StatusAsync(OwnServer own, string header, string value)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/models");
        request.Headers.TryAddWithoutValidation(header, value);
        using HttpResponseMessage response = await own.Client.SendAsync(request, Cancellation);
        return response.StatusCode;
    }

    internal static async Task UntilAsync(Func<Task<bool>> holds)
    {
        for (int k = 0; !await holds(); k++)
        {
            Assert.True(k < 500, "it has not come to pass in ten seconds");
            await Task.Delay(20, Cancellation);
        }
    }

    /// <summary>A message over gRPC of which the rest does not come.</summary>
    private sealed class HalfMessage : HttpContent
    {
        private readonly byte[] _bytes;

        public HalfMessage(int announced, int sent)
        {
            _bytes = new byte[5 + sent];
            System.Buffers.Binary.BinaryPrimitives.WriteInt32BigEndian(_bytes.AsSpan(1), announced);
            Headers.ContentType = new("application/grpc");
        }

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
        {
            await stream.WriteAsync(_bytes, cancellationToken);
            await stream.FlushAsync(cancellationToken);
            await Task.Delay(Timeout.Infinite, cancellationToken);
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
