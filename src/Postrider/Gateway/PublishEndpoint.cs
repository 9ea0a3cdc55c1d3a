using System.Buffers;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
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
    SourceAuthenticator authenticator,
    BodyReceiver receiver,
    PostriderMetrics metrics,
    TimeProvider time,
    ILogger<PublishEndpoint> logger)
{
    public const string Path = "/publish";

    private readonly Acceptance _acceptance = new(metrics, logger);

    // One async method from end to end: each further one that waits for the log would be an allocation a request.
    public async Task HandleAsync(HttpContext context)
    {
        var held = 0L;
        try
        {
            var config = configStore.Current;
            var headers = context.Request.Headers;
            var source = authenticator.Authenticate(headers.Authorization, config, out var error);
            if (source is null || BodyReceiver.IsEncoded(headers.ContentEncoding))
            {
                Refuse(context, error ?? GatewayErrors.EncodingUnsupported);
                return;
            }

            if ((source.Rules.Admit(Cors.OriginOf(context)) ?? source.Rules.TakeTokens(1, time)) is { } refusal)
            {
                Refuse(context, refusal);
                return;
            }

            var body = await receiver.ReceiveAsync(context, config.Gateway).ConfigureAwait(false);
            if (body.Error is not null)
            {
                metrics.RequestRefused(body.Error.Type);
                await GatewayAnswer.WriteUnreadableAsync(context, body.Error).ConfigureAwait(false);
                return;
            }

            held = body.Bytes.Length;
            if (!TryCreateEvent(context, source, body, out var accepted, out error))
            {
                Refuse(context, error!);
                return;
            }

            await log.AppendAsync(accepted).ConfigureAwait(false);
            _acceptance.Count(source, accepted);
            if (accepted.Repeat is Repeat.Conflicting)
            {
                Refuse(context, SourceErrors.RepeatConflicts);
                return;
            }

            GatewayAnswer.WritePublished(context, accepted.Id);
        }
        catch (Exception e)
        {
            var answer = GatewayErrors.OfLog(e);
            if (answer is null)
            {
                Log.PublishFailed(logger, e);
            }

            Refuse(context, answer ?? GatewayErrors.Internal);
        }
        finally
        {
            receiver.Release(held);
        }
    }

    private bool TryCreateEvent(HttpContext context, GatewaySource source, in ReceivedBody body, out Event created, out GatewayError? error)
    {
        RepeatKey? repeatKey = null;
        try
        {
            var now = time.GetUtcNow();
            error = PublishReader.TryRead(body.Bytes, source, out var publish)
                ?? ApplyRules(source, body.Bytes, ref publish)
                ?? FindRepeatKey(context, source, body.Bytes, now, out repeatKey);
            if (error is not null)
            {
                created = null!;
                return false;
            }

            var draft = new EventDraft
            {
                Source = source.Name,
                Key = publish.Key,
                ReceivedAt = now,
                TraceParent = RequestSpan.TraceParentOf(context),
                RequestedDestinations = publish.Destinations,
                RepeatKey = repeatKey,
            };
            created = Event.Create(draft, body.Bytes);
            error = EventShare.CheckSize(created);
            return error is null;
        }
        finally
        {
            // The event has its own copy: the server gets its buffers back before the wait for the disk.
            context.Request.BodyReader.AdvanceTo(body.Bytes.End);
        }
    }

    // The usual source has no rules: then nothing is read twice.
    private static GatewayError? ApplyRules(GatewaySource source, in ReadOnlySequence<byte> body, ref PublishRequest publish)
    {
        var rules = source.Rules;
        if (rules is { IsUsualKey: true, Required.Count: 0 })
        {
            return rules.CheckSize(body.Length);
        }

        var document = PublishReader.WithoutByteOrderMark(body);
        var json = document.IsSingleSegment ? document.FirstSpan : document.ToArray();
        GatewayError? error = null;
        if (!rules.IsUsualKey)
        {
            publish = publish with { Key = rules.ReadKey(json, out error) };
        }

        return error ?? rules.Check(json);
    }

    private static GatewayError? FindRepeatKey(HttpContext context, GatewaySource source, in ReadOnlySequence<byte> body, DateTimeOffset now, out RepeatKey? repeatKey)
    {
        repeatKey = null;
        if (source.Rules.RepeatWindow is not { } window)
        {
            return null;
        }

        if (!RepeatKeys.TryReadIdempotencyKey(context.Request.Headers, out var id))
        {
            return SourceErrors.IdempotencyKeyBad;
        }

        repeatKey = id is null ? null : RepeatKeys.Of(source.Name, RepeatKind.IdempotencyKey, id, body, now + window);
        return null;
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
