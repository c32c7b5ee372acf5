using System.Net.Sockets;
using System.Text;

namespace Retort.Tests.Server;

/// <summary>A connection that sends what no HTTP client would.</summary>
internal sealed class RawConnection : IDisposable
{
    private readonly TcpClient _client = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static async Task<RawConnection> OpenAsync(int port)
    {
        var connection = new RawConnection();
        await connection._client.ConnectAsync("127.0.0.1", port, Cancellation);
        return connection;
    }

    public async Task SendAsync(string text) => await _client.GetStream().WriteAsync(Encoding.UTF8.GetBytes(text), Cancellation);

    /// <summary>What comes up to some text.</summary>
    public async Task<string> ReadUntilAsync(string end)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        limit.CancelAfter(TimeSpan.FromSeconds(20));
        var all = new List<byte>();
        byte[] buffer = new byte[4096];
        while (!Encoding.UTF8.GetString([.. all]).Contains(end, StringComparison.Ordinal))
        {
            int read = await _client.GetStream().ReadAsync(buffer, limit.Token);
            Assert.NotEqual(0, read);
            all.AddRange(buffer.AsSpan(0, read));
        }
        return Encoding.UTF8.GetString([.. all]);
    }

    /// <summary>All that comes until the server closes the connection.</summary>
    public async Task<string> ReadToEndAsync()
    {
        using var all = new MemoryStream();
        try
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
            limit.CancelAfter(TimeSpan.FromSeconds(60));
            await _client.GetStream().CopyToAsync(all, limit.Token);
        }
        catch (IOException)
        {
            // The server has cut it off.
        }
        return Encoding.UTF8.GetString(all.ToArray());
    }

    public void Dispose() => _client.Dispose();
}
