using System.Buffers;
using System.IO.Pipelines;
using Grpc.Core;
using Microsoft.AspNetCore.Http.Features;

namespace Retort.Server.Requests;

/// <summary>Messages over gRPC are gathered before a service sees them: they pay for what has come, and have to come in time, as other bodies do.</summary>
internal sealed class GrpcBodies(RequestDelegate next, RequestBody bodies, ServerLimits limits)
{
    public async Task InvokeAsync(HttpContext context)
    {
        if (context.Request.ContentType?.StartsWith("application/grpc", StringComparison.OrdinalIgnoreCase) != true)
        {
            await next(context).ConfigureAwait(false);
            return;
        }
        using BodyCharge charge = bodies.Open();
        using var late = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        late.CancelAfter(limits.RequestTime);
        context.Features.Set<IRequestBodyPipeFeature>(new ChargedReader(context.Request.BodyReader, charge, late.Token, context.RequestAborted));
        await next(context).ConfigureAwait(false);
    }

    private sealed class ChargedReader(PipeReader inner, BodyCharge charge, CancellationToken late, CancellationToken gone) : PipeReader, IRequestBodyPipeFeature
    {
        private ReadOnlySequence<byte> _buffer;

        public PipeReader Reader => this;

        public override bool TryRead(out ReadResult result)
        {
            bool read = inner.TryRead(out result);
            if (read)
                Take(result);
            return read;
        }

        public override async ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
        {
            using var either = CancellationTokenSource.CreateLinkedTokenSource(late, cancellationToken);
            try
            {
                ReadResult result = await inner.ReadAsync(either.Token).ConfigureAwait(false);
                Take(result);
                return result;
            }
            catch (OperationCanceledException) when (late.IsCancellationRequested && !gone.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
            {
                throw new RpcException(new Status(StatusCode.DeadlineExceeded, $"{ProblemCode.TooSlow}: the message has not come in time"));
            }
        }

        public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

        public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
        {
            long left = _buffer.Slice(consumed).Length;
            _buffer = default;
            inner.AdvanceTo(consumed, examined);
            charge.Set(left);
        }

        public override void CancelPendingRead() => inner.CancelPendingRead();

        public override void Complete(Exception? exception = null) => inner.Complete(exception);

        private void Take(in ReadResult result)
        {
            try
            {
                charge.Set(result.Buffer.Length);
            }
            catch (ProblemException busy)
            {
                inner.AdvanceTo(result.Buffer.End);
                throw new RpcException(new Status(StatusCode.ResourceExhausted, $"{busy.Code}: {busy.Message}"));
            }
            _buffer = result.Buffer;
        }
    }
}
