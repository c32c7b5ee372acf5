namespace Retort.Server;

/// <summary>What one client, and all of them together, may take.</summary>
public sealed record ServerLimits
{
    /// <summary>Largest body of a request, in bytes; of a stream, largest line. Default: 1 MiB.</summary>
    public int BodyBytes { get; init; } = 1 << 20;

    /// <summary>Most texts in one request. Default: 256.</summary>
    public int Texts { get; init; } = 256;

    /// <summary>Most texts in one request that are explained, which takes many times as long and has long answers. Default: 32.</summary>
    public int Explained { get; init; } = 32;

    /// <summary>Longest text, in characters (UTF-16 code units). Default: 20,000.</summary>
    public int Characters { get; init; } = 20_000;

    /// <summary>Connections that are open at once; more are closed as they come. Default: 1,024.</summary>
    public int Connections { get; init; } = 1024;

    /// <summary>Bytes of bodies that have come, of all requests under way; beyond it requests are refused with 429. Default: 256 MiB.</summary>
    public long PendingBytes { get; init; } = 256L << 20;

    /// <summary>Requests that are computed at once; 0: one a processor. Default: 0.</summary>
    public int Concurrency { get; init; }

    /// <summary>Requests that wait to be computed; beyond it they are refused with 429. Default: 512.</summary>
    public int Queue { get; init; } = 512;

    /// <summary>How long a body may take to come, and a request may wait for its turn; streams are held to <see cref="BytesPerSecond"/> instead. Default: 30 seconds.</summary>
    public TimeSpan RequestTime { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>What the headers of a request may take to arrive. Default: 10 seconds.</summary>
    public TimeSpan HeaderTime { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Slowest client, in bytes a second, both ways, after 5 seconds' grace. Default: 240.</summary>
    public int BytesPerSecond { get; init; } = 240;

    internal int ComputedAtOnce => Concurrency > 0 ? Concurrency : Environment.ProcessorCount;

    /// <summary>Tells the first value that cannot be.</summary>
    /// <exception cref="ServerOptionException">It names the value and what was expected.</exception>
    public void Validate()
    {
        Require(BodyBytes is >= 1024 and <= 1 << 28, "body", BodyBytes, "1,024 to 268,435,456 bytes");
        Require(Texts is >= 1 and <= 100_000, "texts", Texts, "1 to 100,000");
        Require(Explained >= 1, "explained texts", Explained, "at least 1");
        Require(Characters >= 1, "characters", Characters, "at least 1");
        Require(Connections >= 1, "connections", Connections, "at least 1");
        Require(PendingBytes >= BodyBytes, "pending bytes", PendingBytes, $"at least one body, {BodyBytes:N0} bytes");
        Require(Concurrency is >= 0 and <= 1024, "concurrency", Concurrency, "0 to 1,024");
        Require(Queue >= 0, "queue", Queue, "0 or more");
        Require(RequestTime > TimeSpan.Zero, "request time", RequestTime.TotalSeconds, "more than 0 seconds");
        Require(HeaderTime > TimeSpan.Zero, "header time", HeaderTime.TotalSeconds, "more than 0 seconds");
        Require(BytesPerSecond >= 1, "bytes a second", BytesPerSecond, "at least 1");
    }

    private static void Require(bool holds, string what, double found, string expected)
    {
        if (!holds)
            throw new ServerOptionException(FormattableString.Invariant($"the limit of {what} is {found}: expected {expected}"));
    }
}
