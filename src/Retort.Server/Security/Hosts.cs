using System.Net;

namespace Retort.Server.Security;

/// <summary>
/// The names that a request may call the server by. A server that listens to this machine alone is else open to any web page through a name that its owner points here (DNS rebinding).
/// </summary>
internal sealed class Hosts(ServerOptions options)
{
    private readonly string[] _allowed = options.Hosts.Count > 0 ? [.. options.Hosts] : IPAddress.IsLoopback(options.Address) ? ["localhost", "127.0.0.1", "[::1]", options.Address.ToString()] : [];

    public bool Allows(HostString host) => _allowed.Length == 0 || Array.Exists(_allowed, name => name.Equals(host.Host, StringComparison.OrdinalIgnoreCase));
}
