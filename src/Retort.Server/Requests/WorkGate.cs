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
    /// <exception cref="ProblemException">Too many wait, or it has waited too long.</exception>
    public ValueTask<RateLimitLease> EnterAsync(CancellationToken gone)
    {
        RateLimitLease lease = _limiter.AttemptAcquire();
        if (lease.IsAcquired)
            return new ValueTask<RateLimitLease>(lease);
        lease.Dispose();
        return WaitAsync(gone);
    }

    public void Dispose() => _limiter.Dispose();

    private async ValueTask<RateLimitLease> WaitAsync(CancellationToken gone)
    {
        using var late = CancellationTokenSource.CreateLinkedTokenSource(gone);
        late.CancelAfter(limits.RequestTime);
        try
        {
            RateLimitLease lease = await _limiter.AcquireAsync(1, late.Token).ConfigureAwait(false);
            if (lease.IsAcquired)
                return lease;
            lease.Dispose();
            throw new ProblemException(StatusCodes.Status429TooManyRequests, ProblemCode.Busy, "too many requests wait; ask again later");
        }
        catch (OperationCanceledException) when (!gone.IsCancellationRequested)
        {
            throw new ProblemException(StatusCodes.Status504GatewayTimeout, ProblemCode.TimedOut, "the request has waited too long for its turn");
        }
    }
}
