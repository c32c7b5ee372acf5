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
            return await ReadToEndAsync(context.Request.BodyReader, read, limits.BodyBytes, context.RequestAborted).ConfigureAwait(false);
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

    private static async ValueTask<T> ReadToEndAsync<T>(PipeReader reader, SpanReader<T> read, int limit, CancellationToken cancellation)
    {
        while (true)
        {
            ReadResult result = await reader.ReadAsync(cancellation).ConfigureAwait(false);
            bool tooLarge = result.Buffer.Length > limit;
            if (!result.IsCompleted && !tooLarge)
            {
                reader.AdvanceTo(result.Buffer.Start, result.Buffer.End);
                continue;
            }
            try
            {
                return tooLarge ? throw TooLarge(limit) : Read(result.Buffer, read);
            }
            finally
            {
                // Else the rest of the body could not be read away, and the connection would be lost.
                reader.AdvanceTo(result.Buffer.End);
            }
        }
    }
}

/// <summary>Reads something from bytes.</summary>
internal delegate T SpanReader<out T>(ReadOnlySpan<byte> bytes);
