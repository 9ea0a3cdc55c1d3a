using System.Buffers;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Postrider.Configuration;
using Postrider.Diagnostics;
using Postrider.Events;
using Postrider.Log;

namespace Postrider.Gateway;

/// <summary>What the doors beside <c>/publish</c> share: a whole body within the bounds, storing, and the answers when either fails.</summary>
internal sealed partial class EventDoor(IEventLog log, ReceiveBudget budget, PostriderMetrics metrics, TimeProvider time, ILogger logger)
{
    private readonly BodyReceiver _receiver = new(budget, time);
    private readonly Acceptance _acceptance = new(metrics, logger);

    /// <summary>Receives the body and hands it on, with a share of the budget for what becomes of it. Both count until the handler has ended.</summary>
    public async Task HandleAsync(HttpContext context, GatewayConfig limits, Func<ReadOnlyMemory<byte>, EventShare, Task> handle)
    {
        var held = 0L;
        var share = new EventShare(budget, limits);
        try
        {
            if (BodyReceiver.IsEncoded(context.Request.Headers.ContentEncoding))
            {
                Refuse(context, GatewayErrors.EncodingUnsupported);
                return;
            }

            var body = await _receiver.ReceiveAsync(context, limits).ConfigureAwait(false);
            if (body.Error is { } error)
            {
                metrics.RequestRefused(error.Type);
                await GatewayAnswer.WriteUnreadableAsync(context, error).ConfigureAwait(false);
                return;
            }

            held = body.Bytes.Length;
            var bytes = body.Bytes.ToArray();
            context.Request.BodyReader.AdvanceTo(body.Bytes.End);
            await handle(bytes, share).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            var answer = GatewayErrors.OfLog(e);
            if (answer is null)
            {
                Messages.Failed(logger, e, context.Request.Path.Value);
            }

            Refuse(context, answer ?? GatewayErrors.Internal);
        }
        finally
        {
            _receiver.Release(held);
            share.Return();
        }
    }

    /// <summary>Stores the one event of a request; or the answer to give where there is no room for it.</summary>
    public async Task<GatewayError?> StoreAsync(GatewaySource source, Event @event, EventShare share)
    {
        if ((EventShare.CheckSize(@event) ?? share.TryHold(@event.Weight)) is { } error)
        {
            return error;
        }

        await log.AppendAsync(@event).ConfigureAwait(false);
        _acceptance.Count(source, @event);
        return null;
    }

    /// <summary>Stores events of one source, for which there is room, as a group.</summary>
    public async Task StoreAsync(GatewaySource source, IReadOnlyList<Event> events)
    {
        await log.AppendAsync(events).ConfigureAwait(false);
        _acceptance.Count(source, events);
    }

    public void Refuse(HttpContext context, GatewayError error)
    {
        metrics.RequestRefused(error.Type);
        GatewayAnswer.WriteError(context, error);
    }

    private static partial class Messages
    {
        [LoggerMessage(LogEvents.EventDoorFailed, LogLevel.Error, "A request to {Path} failed for a reason that nobody foresaw; it was answered 500.")]
        public static partial void Failed(ILogger logger, Exception exception, string? path);
    }
}
