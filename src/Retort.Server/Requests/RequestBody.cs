using System.Buffers;
using System.IO.Pipelines;

namespace Retort.Server.Requests;

/// <summary>Reads bodies within the limits.</summary>
/// <param name="limits">Of one body, and of all.</param>
internal sealed class RequestBody(ServerLimits limits)
{
    private long _pending;

    /// <summary>Bytes that are reserved for bodies under way.</summary>
    public long Pending => Volatile.Read(ref _pending);

    /// <summary>Reads a whole body and hands it over as one span.</summary>
    /// <exception cref="ProblemException">It is too large, or too many are read at once.</exception>
    public async ValueTask<T> ReadAsync<T>(HttpContext context, SpanReader<T> read)
    {
        long? length = context.Request.ContentLength;
        if (length > limits.BodyBytes)
            throw TooLarge(limits.BodyBytes);
        // Of a body that does not tell its length, the longest is thought.
        long reserved = length ?? limits.BodyBytes;
        if (Interlocked.Add(ref _pending, reserved) > limits.PendingBytes)
        {
            Interlocked.Add(ref _pending, -reserved);
            throw new ProblemException(StatusCodes.Status429TooManyRequests, ProblemCode.Busy, "too many bodies are being read at once; ask again later");
        }
        try
        {
            return await ReadToEndAsync(context.Request.BodyReader, read, context.RequestAborted).ConfigureAwait(false);
        }
        finally
        {
            Interlocked.Add(ref _pending, -reserved);
        }
    }

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

    private async ValueTask<T> ReadToEndAsync<T>(PipeReader reader, SpanReader<T> read, CancellationToken gone)
    {
        // Most bodies have come with their headers, and need no clock.
        if (reader.TryRead(out ReadResult result) && IsWhole(result))
            return Take(reader, result, read);
        if (!result.Buffer.IsEmpty)
            reader.AdvanceTo(result.Buffer.Start, result.Buffer.End);
        using var late = CancellationTokenSource.CreateLinkedTokenSource(gone);
        late.CancelAfter(limits.RequestTime);
        try
        {
            while (true)
            {
                result = await reader.ReadAsync(late.Token).ConfigureAwait(false);
                if (IsWhole(result))
                    return Take(reader, result, read);
                reader.AdvanceTo(result.Buffer.Start, result.Buffer.End);
            }
        }
        catch (OperationCanceledException) when (!gone.IsCancellationRequested)
        {
            throw new ProblemException(StatusCodes.Status408RequestTimeout, ProblemCode.TooSlow, "the body has not come in time");
        }
    }

    private bool IsWhole(in ReadResult result) => result.IsCompleted || result.Buffer.Length > limits.BodyBytes;

    private T Take<T>(PipeReader reader, in ReadResult result, SpanReader<T> read)
    {
        try
        {
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
