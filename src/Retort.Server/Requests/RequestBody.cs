using System.Buffers;
using System.IO.Pipelines;

namespace Retort.Server.Requests;

/// <summary>Reads bodies within the limits.</summary>
/// <param name="limits">Of one body, and of all.</param>
internal sealed class RequestBody(ServerLimits limits)
{
    private long _pending;

    /// <summary>Bytes of bodies that have come, of all requests under way.</summary>
    public long Pending => Volatile.Read(ref _pending);

    /// <summary>A request begins; it pays for what comes until it is disposed.</summary>
    public BodyCharge Open() => new(this);

    /// <summary>Counts bytes in, or, below 0, out.</summary>
    /// <exception cref="ProblemException">There are too many.</exception>
    public void Charge(long more)
    {
        if (Interlocked.Add(ref _pending, more) <= limits.PendingBytes || more <= 0)
            return;
        Interlocked.Add(ref _pending, -more);
        throw new ProblemException(StatusCodes.Status429TooManyRequests, ProblemCode.Busy, "too many bytes of requests are under way; ask again later");
    }

    /// <summary>Reads a whole body and hands it over as one span.</summary>
    /// <exception cref="ProblemException">It is too large, too slow, or too much is under way.</exception>
    public ValueTask<T> ReadAsync<T>(HttpContext context, BodyCharge charge, SpanReader<T> read) => context.Request.ContentLength > limits.BodyBytes
        ? throw TooLarge(limits.BodyBytes)
        : ReadToEndAsync(context.Request.BodyReader, charge, read, context.RequestAborted);

    public static ProblemException TooLarge(int limit) =>
        new(StatusCodes.Status413PayloadTooLarge, ProblemCode.BodyTooLarge, FormattableString.Invariant($"the body is larger than {limit:N0} bytes"));

    /// <summary>Hands a sequence over as one span.</summary>
    public static T Read<T>(in ReadOnlySequence<byte> bytes, SpanReader<T> read)
    {
        if (bytes.IsSingleSegment)
            return read(bytes.FirstSpan);
        int length = (int)bytes.Length;
        byte[] rented = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            bytes.CopyTo(rented);
            return read(rented.AsSpan(0, length));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    private async ValueTask<T> ReadToEndAsync<T>(PipeReader reader, BodyCharge charge, SpanReader<T> read, CancellationToken gone)
    {
        // Most bodies have come with their headers, and need no clock.
        if (reader.TryRead(out ReadResult result))
        {
            if (IsWhole(result))
                return Take(reader, result, charge, read);
            Wait(reader, result, charge);
        }
        using var late = CancellationTokenSource.CreateLinkedTokenSource(gone);
        late.CancelAfter(limits.RequestTime);
        try
        {
            while (true)
            {
                result = await reader.ReadAsync(late.Token).ConfigureAwait(false);
                if (IsWhole(result))
                    return Take(reader, result, charge, read);
                Wait(reader, result, charge);
            }
        }
        catch (OperationCanceledException) when (!gone.IsCancellationRequested)
        {
            throw new ProblemException(StatusCodes.Status408RequestTimeout, ProblemCode.TooSlow, "the body has not come in time");
        }
    }

    private static void Wait(PipeReader reader, in ReadResult result, BodyCharge charge)
    {
        long length = result.Buffer.Length;
        reader.AdvanceTo(result.Buffer.Start, result.Buffer.End);
        charge.Set(length);
    }

    private bool IsWhole(in ReadResult result) => result.IsCompleted || result.Buffer.Length > limits.BodyBytes;

    private T Take<T>(PipeReader reader, in ReadResult result, BodyCharge charge, SpanReader<T> read)
    {
        try
        {
            charge.Set(Math.Min(result.Buffer.Length, limits.BodyBytes));
            return result.Buffer.Length > limits.BodyBytes ? throw TooLarge(limits.BodyBytes) : Read(result.Buffer, read);
        }
        finally
        {
            // Else the rest of the body could not be read away, and the connection would be lost.
            reader.AdvanceTo(result.Buffer.End);
        }
    }
}

/// <summary>Reads something from bytes.</summary>
internal delegate T SpanReader<out T>(ReadOnlySpan<byte> bytes);
