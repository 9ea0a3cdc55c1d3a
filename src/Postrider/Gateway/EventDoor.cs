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

    /// <summary>The log, for those who store more than events.</summary>
    public IEventLog Log { get; } = log;

    /// <summary>Receives the body and hands it on. It counts as received until the handler has ended.</summary>
    public async Task HandleAsync(HttpContext context, GatewayConfig limits, Func<ReadOnlyMemory<byte>, Task> handle)
    {
        var held = 0L;
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
            await handle(bytes).ConfigureAwait(false);
        }
        catch (LogUnavailableException e)
        {
            Refuse(context, GatewayErrors.LogUnavailable(e));
        }
        catch (Exception e)
        {
            Messages.Failed(logger, e, context.Request.Path.Value);
            Refuse(context, GatewayErrors.Internal);
        }
        finally
        {
            _receiver.Release(held);
        }
    }

    /// <summary>Stores events of one source as a group, counts them, and says which of them were other events under a known id.</summary>
    public async Task StoreAsync(GatewaySource source, IReadOnlyList<Event> events)
    {
        await Log.AppendAsync(events).ConfigureAwait(false);
        RequestSpan.Stored(source.Name, events.Count);
        metrics.EventsAccepted(source.Name, events.Count(static stored => stored.Repeat is Repeat.None));
        foreach (var repeat in events.Where(static stored => stored.Repeat is not Repeat.None))
        {
            var isConflicting = repeat.Repeat is Repeat.Conflicting;
            metrics.EventsRepeated(source.Name, 1, isConflicting);
            if (isConflicting)
            {
                Messages.ConflictingRepeat(logger, source.Name, repeat.Id);
            }
        }
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

        [LoggerMessage(LogEvents.ConflictingRepeat, LogLevel.Warning, "Source {Source} sent another event under the id of {EventId}: it was not stored.")]
        public static partial void ConflictingRepeat(ILogger logger, string source, string eventId);
    }
}
