namespace Retort.Server;

/// <summary>Whether the server wants requests.</summary>
internal sealed class ServerState
{
    /// <summary>What it says of itself; the build stays unsaid.</summary>
    public const string Name = "retort", ApiVersion = "1";

    private volatile bool _draining;

    public bool IsReady => !_draining;

    /// <summary>It goes on, says that it is not ready, and closes each connection after its answer.</summary>
    public void Drain() => _draining = true;
}
