namespace Retort.Server.Requests;

/// <summary>What one request has in memory of its body. Not thread-safe.</summary>
internal sealed class BodyCharge(RequestBody bodies) : IDisposable
{
    private long _bytes;

    /// <summary>So many bytes it has now.</summary>
    /// <exception cref="ProblemException">All requests together have too many.</exception>
    public void Set(long bytes)
    {
        bodies.Charge(bytes - _bytes);
        _bytes = bytes;
    }

    public void Dispose()
    {
        bodies.Charge(-_bytes);
        _bytes = 0;
    }
}
