using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;
using Postrider.Configuration;

namespace Postrider.Gateway;

/// <summary>Receives whole bodies within bounds of size, of time, and of bytes in memory over all requests.</summary>
internal sealed class BodyReceiver(ReceiveBudget budget, TimeProvider time)
{
    /// <summary>
    /// Longest time from a body's first part to its last. The server's own minimum rate is an average, so who sends most of a
    /// body at once could hold those bytes for hours; the largest body needs 35 KB/s to come in time.
    /// </summary>
    public static readonly TimeSpan Deadline = TimeSpan.FromMinutes(2);

    /// <summary>Whether a body comes in another form than its own, compressed for the way.</summary>
    public static bool IsEncoded(in StringValues contentEncoding) =>
        contentEncoding.Count > 0 && !(contentEncoding.Count == 1 && string.Equals(contentEncoding[0], "identity", StringComparison.OrdinalIgnoreCase));

    /// <summary>
    /// A good body stays in the reader's buffers until the caller advances the reader, and counts until <see cref="Release"/>;
    /// a refused one needs neither.
    /// </summary>
    public async ValueTask<ReceivedBody> ReceiveAsync(HttpContext context, GatewayConfig limits)
    {
        var maxSize = limits.MaxBodySize.Bytes;
        if (context.Request.ContentLength > maxSize)
        {
            return ReceivedBody.Refused(GatewayErrors.BodyTooLarge(maxSize));
        }

        LiftServerLimit(context);
        var reader = context.Request.BodyReader;
        var held = 0L;
        ITimer? deadline = null;
        try
        {
            while (true)
            {
                var result = await reader.ReadAsync().ConfigureAwait(false);
                var error = result.IsCanceled ? GatewayErrors.BodyTooSlow : Grow(result.Buffer.Length, ref held, limits);
                if (error is not null)
                {
                    reader.AdvanceTo(result.Buffer.End);
                    return ReceivedBody.Refused(error);
                }

                if (result.IsCompleted)
                {
                    held = 0;
                    return new ReceivedBody(result.Buffer, null);
                }

                reader.AdvanceTo(result.Buffer.Start, result.Buffer.End);
                deadline ??= StartDeadline(reader);
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            return ReceivedBody.Refused(Explain(e, context, maxSize));
        }
        finally
        {
            budget.Return(held);
            if (deadline is not null)
            {
                // Waits for a callback on its way: one that came later would cancel a read of the connection's next request.
                await deadline.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    /// <summary>Gives a good body's share of the budget back, once its bytes are no longer this request's.</summary>
    public void Release(long length) => budget.Return(length);

    // The usual body is here with its headers and needs none. A token for the read would leave the server's reader in a state
    // from which it cannot drain the rest; a cancelled read ends like any other.
    private ITimer StartDeadline(PipeReader reader) =>
        time.CreateTimer(static state => ((PipeReader)state!).CancelPendingRead(), reader, Deadline, Timeout.InfiniteTimeSpan);

    private GatewayError? Grow(long length, ref long held, GatewayConfig limits)
    {
        if (length > limits.MaxBodySize.Bytes)
        {
            return GatewayErrors.BodyTooLarge(limits.MaxBodySize.Bytes);
        }

        if (!budget.TryTake(length - held, limits.MaxReceiving.Bytes))
        {
            return GatewayErrors.TooManyBodies;
        }

        held = length;
        return null;
    }

    // Our own limit follows the configuration at once; the server's is fixed at start and guards the other endpoints.
    private static void LiftServerLimit(HttpContext context)
    {
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
        {
            limit.MaxRequestBodySize = null;
        }
    }

    // Whatever goes wrong while reading is the client's doing or its line's: an answer, never an error of ours.
    private static GatewayError Explain(Exception reason, HttpContext context, long maxSize)
    {
        if (reason is BadHttpRequestException bad)
        {
            return bad.StatusCode switch
            {
                StatusCodes.Status408RequestTimeout => GatewayErrors.BodyTooSlow,
                StatusCodes.Status413PayloadTooLarge => GatewayErrors.BodyTooLarge(maxSize),
                _ => GatewayErrors.BodyBroken,
            };
        }

        // The line is gone. Said outright, or the server would look for the next request on it and complain.
        context.Abort();
        return GatewayErrors.BodyBroken;
    }
}
