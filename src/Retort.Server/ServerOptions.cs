using System.Net;
using Retort.Server.Cascade;

namespace Retort.Server;

/// <summary>What is served, where, to whom.</summary>
public sealed record ServerOptions
{
    /// <summary>The models; the first answers where a request names none.</summary>
    public required IReadOnlyList<ModelSpec> Models { get; init; }

    /// <summary>Where to listen. Default: this machine alone.</summary>
    public IPAddress Address { get; init; } = IPAddress.Loopback;

    /// <summary>The port of HTTP; 0: any free one. Default: 8080.</summary>
    public int Port { get; init; } = 8080;

    /// <summary>The port of gRPC without TLS, which shares no port with HTTP/1.1; null: none. With TLS gRPC is spoken on <see cref="Port"/> too.</summary>
    public int? GrpcPort { get; init; }

    /// <summary>Host names that a request may name; empty: any, except where only this machine is listened to: localhost and its addresses.</summary>
    public IReadOnlyList<string> Hosts { get; init; } = [];

    /// <summary>A PEM file with the certificate and its chain; null: no TLS.</summary>
    public string? Certificate { get; init; }

    /// <summary>A PEM file with the certificate's key; null: it stands in <see cref="Certificate"/>.</summary>
    public string? CertificateKey { get; init; }

    /// <summary>A file with one API key a line; null: those of RETORT_API_KEYS, and without them anyone may ask.</summary>
    public string? ApiKeyFile { get; init; }

    /// <summary>Keys beside the file's, as RETORT_API_KEYS holds them.</summary>
    public IReadOnlyList<string> ApiKeys { get; init; } = [];

    /// <summary>Limits.</summary>
    public ServerLimits Limits { get; init; } = new();

    /// <summary>How the teachers of cascades are asked.</summary>
    public TeacherGateOptions Teacher { get; init; } = new();

    /// <summary>How often models, keys and certificates are looked at for changes; zero: never. Default: 2 seconds.</summary>
    public TimeSpan Reload { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How long, once it was told to stop, the server goes on while it says that it is not ready, so that balancers turn away. Default: none.</summary>
    public TimeSpan DrainDelay { get; init; } = TimeSpan.Zero;

    /// <summary>How long requests under way may then take. Default: 30 seconds.</summary>
    public TimeSpan DrainTime { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Texts over which drift is counted. Default: 10,000.</summary>
    public int DriftWindow { get; init; } = 10_000;

    /// <summary>Whether the page is shown. Default: yes.</summary>
    public bool Page { get; init; } = true;

    /// <summary>Tells the first value that cannot be.</summary>
    /// <exception cref="ServerOptionException">It names the value and what was expected.</exception>
    public void Validate()
    {
        if (Models.Count == 0)
            throw new ServerOptionException("no model: expected at least one student's folder");
        if (Models.GroupBy(model => model.Name).FirstOrDefault(group => group.Count() > 1) is { } twice)
            throw new ServerOptionException($"{twice.Count()} models are called '{twice.Key}' ({string.Join(", ", twice.Select(model => model.Folder))}): write NAME=FOLDER");
        if (Port is < 0 or > 65535 || GrpcPort is < 0 or > 65535)
            throw new ServerOptionException($"the ports are {Port} and {GrpcPort}: expected 0 to 65,535");
        if (GrpcPort == Port && Port != 0)
            throw new ServerOptionException($"port {Port} is to speak both HTTP/1.1 and gRPC: expected another port for gRPC");
        if (CertificateKey is not null && Certificate is null)
            throw new ServerOptionException("there is a key and no certificate: expected both, or neither");
        if (DriftWindow < 100)
            throw new ServerOptionException($"drift is to be counted over {DriftWindow} texts: expected at least 100");
        Limits.Validate();
        Teacher.Validate();
    }
}
