using System.Buffers;
using System.Text;
using Microsoft.AspNetCore.Http;
using Postrider.Configuration;
using Postrider.Events;

namespace Postrider.Gateway.Webhooks;

/// <summary><c>/webhook/{source}</c>: one event of any shape a request, from senders who do not know us. Cheapest refusal first:</summary>
/// <remarks>1 which source · 2 its rules and its key · 3 receive · 4 signature · 5 JSON · 6 a challenge? · 7 make the event · 8 store · 9 answer.</remarks>
internal sealed class WebhookEndpoint(EventDoor door, IConfigStore configStore, TimeProvider time)
{
    /// <summary>What its paths begin with.</summary>
    public const string PathPrefix = "/webhook/";

    /// <summary>The methods that it takes.</summary>
    public static readonly string[] Methods = ["POST", "GET", "OPTIONS"];

    private readonly SourceAuthenticator _authenticator = new();

    public Task HandleAsync(HttpContext context)
    {
        var config = configStore.Current;
        var source = SourceTable.Of(config).FindByName(context.Request.Path.Value![PathPrefix.Length..]);
        if (source?.Config.Webhook is not { } webhook)
        {
            return Refuse(context, WebhookErrors.NoSource);
        }

        return context.Request.Method switch
        {
            "POST" => ReceiveAsync(context, config, source, webhook),
            "GET" => Challenge.AnswerMeta(webhook, context.Request.Query) is { } challenge
                ? WriteAsync(context, "text/plain", challenge)
                : Refuse(context, WebhookErrors.ChallengeRefused),
            "OPTIONS" when context.Request.Headers["WebHook-Request-Origin"] is [{ } origin] => AllowSender(context, origin),
            _ => RefuseMethod(context),
        };
    }

    private Task ReceiveAsync(HttpContext context, PostriderConfig config, GatewaySource source, WebhookSourceConfig webhook)
    {
        var error = webhook is { Signature: null, Auth: WebhookSourceAuth.WriteKey } ? Authenticate(context, config, source) : null;
        error ??= source.Rules.Admit(Cors.OriginOf(context));

        // Where only the signature tells whose request it is, it must be good first: a stranger's may not use up the sender's rate.
        error ??= webhook.Signature is null ? source.Rules.TakeTokens(1, time) : null;
        if (error is not null)
        {
            return Refuse(context, error);
        }

        // Graph signs nothing, so where a signature is demanded its question is refused like anyone's.
        return webhook.Signature is null && Challenge.AnswerGraph(context.Request.Query) is { } token
            ? WriteAsync(context, "text/plain", token)
            : door.HandleAsync(context, config.Gateway, (body, share) => StoreAsync(context, source, webhook, body, config.Gateway, share));
    }

    private async Task StoreAsync(
        HttpContext context, GatewaySource source, WebhookSourceConfig webhook, ReadOnlyMemory<byte> body, GatewayConfig limits, EventShare share)
    {
        var now = time.GetUtcNow();
        var headers = context.Request.Headers;
        var error = webhook.Signature is { } signature ? SignatureCheck.Run(signature, headers, body.Span, now) ?? source.Rules.TakeTokens(1, time) : null;
        var stored = body;
        error ??= TryConvert(context.Request.ContentType, limits, share, ref stored) ?? JsonBody.Check(stored);
        if (error is not null)
        {
            door.Refuse(context, error);
            return;
        }

        var json = JsonBody.Text(stored);
        if (Challenge.AnswerBody(json.Span, headers) is { } answer)
        {
            await WriteAsync(context, answer.ContentType, answer.Body).ConfigureAwait(false);
            return;
        }

        var key = source.Rules.ReadKey(json.Span, out error);
        RepeatKey? repeatKey = null;
        error ??= source.Rules.Check(json.Span) ?? FindRepeatKey(source, webhook, headers, json.Span, body, now, out repeatKey);
        if (error is not null)
        {
            door.Refuse(context, error);
            return;
        }

        var @event = Event.Create(
            new EventDraft
            {
                Source = source.Name,
                Key = key,
                Type = WebhookFields.TypeOf(webhook, headers, json.Span),
                ReceivedAt = now,
                TraceParent = RequestSpan.TraceParentOf(context),
                RepeatKey = repeatKey,
                KeptHeaders = WebhookFields.KeptOf(webhook, headers),
            },
            new ReadOnlySequence<byte>(stored));
        if (await door.StoreAsync(source, @event, share).ConfigureAwait(false) is { } noRoom)
        {
            door.Refuse(context, noRoom);
            return;
        }

        GatewayAnswer.WritePublished(context, @event.Id);
    }

    private static GatewayError? TryConvert(string? contentType, GatewayConfig limits, EventShare share, ref ReadOnlyMemory<byte> body)
    {
        if (FormJson.IsForParts(contentType))
        {
            return WebhookErrors.PartsNotTaken;
        }

        if (!FormJson.IsForm(contentType))
        {
            return null;
        }

        var error = FormJson.TryConvert(body.Span, limits.MaxBodySize.Bytes, share, out var json);
        body = json;
        return error;
    }

    private static GatewayError? FindRepeatKey(
        GatewaySource source, WebhookSourceConfig webhook, IHeaderDictionary headers, ReadOnlySpan<byte> json, ReadOnlyMemory<byte> body, DateTimeOffset now, out RepeatKey? key)
    {
        key = null;
        if (source.Rules.RepeatWindow is not { } window || WebhookFields.DeliveryIdOf(webhook, headers, json) is not { } id)
        {
            return null;
        }

        var bytes = Encoding.UTF8.GetBytes(id);
        if (bytes.Length > RepeatKeys.MaxIdBytes)
        {
            return WebhookErrors.DeliveryIdTooLong;
        }

        key = RepeatKeys.Of(source.Name, RepeatKind.Delivery, bytes, new ReadOnlySequence<byte>(body), now + window);
        return null;
    }

    // The key must be this source's: another source's would let a client of the one pose as a sender of the other.
    private GatewayError? Authenticate(HttpContext context, PostriderConfig config, GatewaySource source)
    {
        if (context.Request.Query["writeKey"] is [{ } key])
        {
            return SourceTable.Of(config).Find(Encoding.UTF8.GetBytes(key)) == source ? null : GatewayErrors.KeyUnknown;
        }

        if (context.Request.Headers.Authorization.Count == 0)
        {
            return WebhookErrors.KeyMissing;
        }

        var owner = _authenticator.Authenticate(context.Request.Headers.Authorization, config, out var error);
        return error ?? (owner == source ? null : GatewayErrors.KeyUnknown);
    }

    // CloudEvents, HTTP 1.1 Web Hooks for Event Delivery, section 4: who may send, and how fast. The request proves itself when it comes.
    private static Task AllowSender(HttpContext context, string origin)
    {
        context.Response.Headers["WebHook-Allowed-Origin"] = origin;
        context.Response.Headers["WebHook-Allowed-Rate"] = "*";
        context.Response.Headers.Allow = HttpMethods.Post;
        context.Response.StatusCode = StatusCodes.Status200OK;
        return Task.CompletedTask;
    }

    private static Task WriteAsync(HttpContext context, string contentType, string text)
    {
        // What we echo is the sender's: no browser may take it for a page.
        context.Response.Headers.XContentTypeOptions = "nosniff";
        context.Response.ContentType = contentType;
        return context.Response.WriteAsync(text);
    }

    private Task RefuseMethod(HttpContext context)
    {
        context.Response.Headers.Allow = "GET, POST";
        return Refuse(context, GatewayErrors.MethodNotAllowed);
    }

    private Task Refuse(HttpContext context, GatewayError error)
    {
        door.Refuse(context, error);
        return Task.CompletedTask;
    }
}
