using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Primitives;
using Postrider.Configuration;
using Postrider.Diagnostics;
using Postrider.Events;
using Postrider.Log;

namespace Postrider.Gateway;

/// <summary><c>POST /publish</c>: one event a request. Cheapest refusal first:</summary>
/// <remarks>1 who sends it · 2 can we read it · 3 receive · 4 read the JSON · 5 copy it into the event · 6 store · 7 answer.</remarks>
internal sealed partial class PublishEndpoint(
    IEventLog log,
    IConfigStore configStore,
    ReceiveBudget budget,
    PostriderMetrics metrics,
    TimeProvider time,
    ILogger<PublishEndpoint> logger)
{
    private readonly SourceAuthenticator _authenticator = new();
    private readonly BodyReceiver _receiver = new(budget, time);

    // One async method from end to end: each further one that waits for the log would be an allocation a request.
    public async Task HandleAsync(HttpContext context)
    {
        var held = 0L;
        try
        {
            var config = configStore.Current;
            var headers = context.Request.Headers;
            var source = _authenticator.Authenticate(headers.Authorization, config, out var error);
            if (source is null || IsEncoded(headers.ContentEncoding))
            {
                Refuse(context, error ?? GatewayErrors.EncodingUnsupported);
                return;
            }

            var body = await _receiver.ReceiveAsync(context, config.Gateway).ConfigureAwait(false);
            if (body.Error is not null)
            {
                await RefuseUnreadableAsync(context, body.Error).ConfigureAwait(false);
                return;
            }

            held = body.Bytes.Length;
            if (!TryCreateEvent(context, source, body, out var accepted, out error))
            {
                Refuse(context, error!);
                return;
            }

            await log.AppendAsync(accepted).ConfigureAwait(false);
            metrics.EventsAccepted(source.Name, 1);
            GatewayAnswer.WritePublished(context, accepted.Id);
        }
        catch (LogUnavailableException e)
        {
            Refuse(context, GatewayErrors.LogUnavailable(e));
        }
        catch (Exception e)
        {
            Log.PublishFailed(logger, e);
            Refuse(context, GatewayErrors.Internal);
        }
        finally
        {
            _receiver.Release(held);
        }
    }

    private bool TryCreateEvent(HttpContext context, GatewaySource source, in ReceivedBody body, out Event created, out GatewayError? error)
    {
        try
        {
            error = PublishReader.TryRead(body.Bytes, source, out var publish);
            if (error is not null)
            {
                created = null!;
                return false;
            }

            var draft = new EventDraft
            {
                Source = source.Name,
                Key = publish.Key,
                ReceivedAt = time.GetUtcNow(),
                TraceParent = TraceParent.WellFormed(context.Request.Headers.TraceParent),
                RequestedDestinations = publish.Destinations,
            };
            created = Event.Create(draft, body.Bytes);
            return true;
        }
        finally
        {
            // The event has its own copy: the server gets its buffers back before the wait for the disk.
            context.Request.BodyReader.AdvanceTo(body.Bytes.End);
        }
    }

    private static bool IsEncoded(in StringValues encoding) =>
        encoding.Count > 0 && !(encoding.Count == 1 && string.Equals(encoding[0], "identity", StringComparison.OrdinalIgnoreCase));

    private async ValueTask RefuseUnreadableAsync(HttpContext context, GatewayError error)
    {
        // What follows a broken or late body on its connection is not the next request. Sent at once, because the server would
        // read on where the client has gone and the answer was not begun.
        if (error.Status is StatusCodes.Status400BadRequest or StatusCodes.Status408RequestTimeout)
        {
            GatewayAnswer.CloseConnection(context);
            Refuse(context, error);
            await context.Response.BodyWriter.FlushAsync().ConfigureAwait(false);
            return;
        }

        Refuse(context, error);
    }

    private void Refuse(HttpContext context, GatewayError error)
    {
        metrics.RequestRefused(error.Type);
        GatewayAnswer.WriteError(context, error);
    }

    private static partial class Log
    {
        [LoggerMessage(LogEvents.PublishFailed, LogLevel.Error, "A request to /publish failed for a reason that nobody foresaw; it was answered 500.")]
        public static partial void PublishFailed(ILogger logger, Exception exception);
    }
}
