using Retort.Server;

namespace Retort.Tests.Server;

/// <summary>A server for one test, with options of its own.</summary>
internal sealed class OwnServer : IAsyncDisposable
{
    private OwnServer(RetortServer server)
    {
        Server = server;
        Client = new HttpClient { BaseAddress = new Uri(server.Addresses[0]), Timeout = TimeSpan.FromMinutes(1) };
    }

    public RetortServer Server { get; }

    public HttpClient Client { get; }

    /// <summary>The port of HTTP.</summary>
    public int Port => new Uri(Server.Addresses[0]).Port;

    public static async Task<OwnServer> StartAsync(string student, Func<ServerOptions, ServerOptions>? edit = null)
    {
        var options = new ServerOptions { Models = [new ModelSpec("m", student)], Port = 0, Reload = TimeSpan.FromMilliseconds(50) };
        return new OwnServer(await RetortServer.StartAsync(edit?.Invoke(options) ?? options, TestContext.Current.CancellationToken));
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await Server.DisposeAsync();
    }
}
