using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Retort.Benchmarks;

/// <summary>Requests that no honest client sends, made by chance from a seed, over bare sockets.</summary>
internal sealed class HostileRequests(IPEndPoint server, int seed)
{
    private static readonly string[] Kinds =
    [
        "broken JSON", "wrong field", "text too long", "too many texts", "no Unicode", "deep nesting", "body that ends early", "body announced too large", "chunks that are none", "two lengths",
        "long header", "many headers", "no host", "garbage", "HTTP/2", "unknown path", "open and shut", "wrong type", "stream of garbage",
    ];

    private readonly Random _random = new(seed);

    /// <summary>Answers by kind and status; "closed": none came.</summary>
    public SortedDictionary<string, long> Seen { get; } = [];

    /// <summary>Sends one and looks at what comes.</summary>
    /// <exception cref="InvalidOperationException">The server took it for a good one, or failed.</exception>
    public async Task SendAsync(CancellationToken cancellation)
    {
        string kind = Kinds[_random.Next(Kinds.Length)];
        string status = await ExchangeAsync(kind, Make(kind), cancellation);
        string key = $"{kind}: {status}";
        Seen[key] = Seen.GetValueOrDefault(key) + 1;
        if (status.StartsWith('5') || status == "200" && kind != "stream of garbage")
            throw new InvalidOperationException($"the answer to {kind} is {status}");
    }

    /// <summary>Opens a connection, sends a byte a second, and stays until it is cut off.</summary>
    public async Task CrawlAsync(CancellationToken cancellation)
    {
        using var client = new TcpClient();
        try
        {
            await client.ConnectAsync(server, cancellation);
            NetworkStream stream = client.GetStream();
            await stream.WriteAsync(Encoding.ASCII.GetBytes(_random.Next(2) == 0 ? Head("application/json", 1000) : "POST /v1/classify HTTP/1.1\r\nHost: local"), cancellation);
            while (true)
            {
                await Task.Delay(1000, cancellation);
                await stream.WriteAsync(" "u8.ToArray(), cancellation);
            }
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            lock (Seen)
                Seen["crawling: cut off"] = Seen.GetValueOrDefault("crawling: cut off") + 1;
        }
    }

    private async Task<string> ExchangeAsync(string kind, byte[] request, CancellationToken cancellation)
    {
        using var client = new TcpClient();
        try
        {
            await client.ConnectAsync(server, cancellation);
            NetworkStream stream = client.GetStream();
            if (request.Length > 0)
                await stream.WriteAsync(request, cancellation);
            if (kind is "open and shut")
                return "closed";
            // A client that has said all and will hear no more is taken for gone; one that waits is answered.
            if (kind is "body that ends early" or "garbage" or "HTTP/2")
                client.Client.Shutdown(SocketShutdown.Send);
            byte[] start = new byte[12];
            int read = await stream.ReadAtLeastAsync(start, start.Length, throwOnEndOfStream: false, cancellation);
            return read < start.Length || !start.AsSpan().StartsWith("HTTP/1.1 "u8) ? "closed" : Encoding.ASCII.GetString(start, 9, 3);
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            return "closed";
        }
    }

    private byte[] Make(string kind) => kind switch
    {
        "broken JSON" => Json(Broken()),
        "wrong field" => Json($"{{\"texts\":[\"a\"],\"{Letters(5)}\":{_random.Next()}}}"),
        "text too long" => Json($"{{\"texts\":[\"{Letters(20_001 + _random.Next(50_000))}\"]}}"),
        "too many texts" => Json($"{{\"texts\":[{string.Join(',', Enumerable.Repeat("\"a\"", 257 + _random.Next(5000)))}]}}"),
        "no Unicode" => Json([.. "{\"texts\":[\""u8, .. Bytes(20).Select(b => (byte)(b | 0x80)), .. "\"]}"u8]),
        "deep nesting" => Json($"{{\"texts\":{new string('[', _random.Next(1, 5000))}"),
        "body that ends early" => [.. Encoding.ASCII.GetBytes(Head("application/json", 500)), .. "{\"texts\":[\"a"u8],
        "body announced too large" => Encoding.ASCII.GetBytes(Head("application/json", (1L << 20) + 1 + _random.Next())),
        "chunks that are none" => Encoding.ASCII.GetBytes(Line("POST", "application/json") + $"Transfer-Encoding: chunked\r\n\r\n{Letters(4)}zz\r\nabc"),
        "two lengths" => Encoding.ASCII.GetBytes(Line("POST", "application/json") + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /v1/models HTTP/1.1\r\n\r\n"),
        "long header" => Encoding.ASCII.GetBytes(Line("GET", "x") + $"X: {Letters(20_000 + _random.Next(60_000))}\r\n\r\n"),
        "many headers" => Encoding.ASCII.GetBytes(Line("GET", "x") + string.Concat(Enumerable.Range(0, 100 + _random.Next(1000)).Select(k => $"X{k}: {k}\r\n")) + "\r\n"),
        "no host" => "GET /v1/models HTTP/1.1\r\n\r\n"u8.ToArray(),
        "garbage" => Bytes(1 + _random.Next(3000)),
        "HTTP/2" => [.. "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8, .. Bytes(100)],
        "unknown path" => Encoding.ASCII.GetBytes($"GET /{Letters(_random.Next(1, 200))} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"),
        "wrong type" => [.. Encoding.ASCII.GetBytes(Head("text/html", 2)), .. "{}"u8],
        "stream of garbage" => Stream(),
        _ => [],
    };

    private byte[] Stream()
    {
        byte[] lines = Bytes(2000);
        return [.. Encoding.ASCII.GetBytes(Head("application/x-ndjson", lines.Length)), .. lines];
    }

    // A good request of which one byte is another, or the end is missing; one that stays good by chance is broken off.
    private string Broken()
    {
        string good = $"{{\"texts\":[\"{Letters(30)}\"]}}";
        return good[.._random.Next(good.Length)];
    }

    private static byte[] Json(string body) => Json(Encoding.UTF8.GetBytes(body));

    private static byte[] Json(byte[] body) => [.. Encoding.ASCII.GetBytes(Head("application/json", body.Length)), .. body];

    private static string Head(string type, long length) => Line("POST", type) + string.Create(CultureInfo.InvariantCulture, $"Content-Length: {length}\r\n\r\n");

    private static string Line(string method, string type) => $"{method} /v1/classify HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: {type}\r\n";

    private string Letters(int count) => string.Create(count, _random, (letters, random) =>
    {
        for (int k = 0; k < letters.Length; k++)
            letters[k] = (char)('a' + random.Next(26));
    });

    private byte[] Bytes(int count)
    {
        byte[] bytes = new byte[count];
        _random.NextBytes(bytes);
        return bytes;
    }
}
