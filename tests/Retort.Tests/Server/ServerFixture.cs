using Retort.Onnx.Cascades;
using Retort.Server;
using Retort.Tests.Pipeline;

namespace Retort.Tests.Server;

/// <summary>
/// A server with two models of one student: <c>reviews</c>, whose teacher answers where the student is less sure than 0.9, which rejects and makes sets, and <c>plain</c>, the student alone.
/// </summary>
public sealed class ServerFixture(FinishedRun run) : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private RetortServer? _server;

    /// <summary>http://127.0.0.1:port</summary>
    public string Address => _server!.Addresses[0];

    /// <summary>Where gRPC is spoken.</summary>
    public string GrpcAddress => _server!.Addresses[1];

    public HttpClient Client { get; } = new();

    /// <summary>The student's folder.</summary>
    public string Student => Path.Combine(run.Result.Folder, "student");

    internal RetortServer Server => _server!;

    public async ValueTask InitializeAsync()
    {
        string cascade = ServedCascade.Write(run, _folder["cascade"], 0.9, file => file with
        {
            Rejection = new RejectionRule { Threshold = 0.6 },
            Conformal = new ConformalRule { Coverage = 0.9, Threshold = 0.2 },
        });
        _server = await RetortServer.StartAsync(new ServerOptions
        {
            Models = [new ModelSpec("reviews", Student) { Cascade = cascade }, new ModelSpec("plain", Student)],
            Port = 0,
            GrpcPort = 0,
            DriftWindow = 200,
        }, TestContext.Current.CancellationToken);
        Client.BaseAddress = new Uri(Address);
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        if (_server is not null)
            await _server.DisposeAsync();
        _folder.Dispose();
    }
}
