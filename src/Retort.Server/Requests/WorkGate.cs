using System.Threading.RateLimiting;

namespace Retort.Server.Requests;

/// <summary>Lets as many requests compute at once as the limits say; some more wait, in their order, and the rest are refused.</summary>
internal sealed class WorkGate(ServerLimits limits) : IDisposable
{
    private readonly ConcurrencyLimiter _limiter = new(new ConcurrencyLimiterOptions
    {
        PermitLimit = limits.ComputedAtOnce,
        QueueLimit = limits.Queue,
        QueueProcessingOrder = QueueProcessingOrder.OldestFirst,
    });

    /// <summary>Requests that wait.</summary>
    public long Waiting => _limiter.GetStatistics()?.CurrentQueuedCount ?? 0;

    /// <summary>Waits for its turn.</summary>
    /// <exception cref="ProblemException">Too many wait.</exception>
    public async ValueTask<RateLimitLease> EnterAsync(CancellationToken cancellation)
    {
        RateLimitLease lease = await _limiter.AcquireAsync(1, cancellation).ConfigureAwait(false);
        if (lease.IsAcquired)
            return lease;
        lease.Dispose();
        throw new ProblemException(StatusCodes.Status429TooManyRequests, ProblemCode.Busy, "too many requests wait; ask again later");
    }

    public void Dispose() => _limiter.Dispose();
}
