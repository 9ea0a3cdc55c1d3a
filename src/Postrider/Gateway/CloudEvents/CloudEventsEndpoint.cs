using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Postrider.Configuration;
using Postrider.Events;

namespace Postrider.Gateway.CloudEvents;

/// <summary><c>POST /events</c>: CloudEvents 1.0 in all three modes. What is stored is the JSON form: as received, or made of the headers.</summary>
internal sealed class CloudEventsEndpoint(EventDoor door, Quarantine quarantine, IConfigStore configStore, TimeProvider time)
{
    public const string Path = "/events";

    private const string StructuredType = "application/cloudevents+json";
    private const string BatchType = "application/cloudevents-batch+json";
    private const string EventsPrefix = "application/cloudevents";

    private readonly SourceAuthenticator _authenticator = new();

    public Task HandleAsync(HttpContext context)
    {
        if (!HttpMethods.IsPost(context.Request.Method))
        {
            context.Response.Headers.Allow = HttpMethods.Post;
            return Refuse(context, GatewayErrors.MethodNotAllowed);
        }

        var config = configStore.Current;
        var source = _authenticator.Authenticate(context.Request.Headers.Authorization, config, out var error);
        error ??= source!.Rules.Admit(Cors.OriginOf(context));
        if (error is not null)
        {
            return Refuse(context, error);
        }

        var type = MediaTypeOf(context.Request.ContentType);
        if (type == BatchType)
        {
            return door.HandleAsync(context, config.Gateway, (body, share) => StoreBatchAsync(context, source!, body, share));
        }

        var isBinary = !type.StartsWith(EventsPrefix, StringComparison.Ordinal) && context.Request.Headers.ContainsKey(BinaryMode.VersionHeader);
        error = type == StructuredType || isBinary ? source!.Rules.TakeTokens(1, time) : CloudEventErrors.WrongType;
        return error is null
            ? door.HandleAsync(context, config.Gateway, (body, share) => StoreOneAsync(context, source!, isBinary, body, share))
            : Refuse(context, error);
    }

    private static string MediaTypeOf(string? contentType)
    {
        var end = contentType?.IndexOf(';', StringComparison.Ordinal) ?? -1;
        return (end < 0 ? contentType ?? "" : contentType![..end]).Trim().ToLowerInvariant();
    }

    private async Task StoreOneAsync(HttpContext context, GatewaySource source, bool isBinary, ReadOnlyMemory<byte> body, EventShare share)
    {
        var json = body;
        GatewayError? error = null;
        if (isBinary)
        {
            error = share.TryHold(BinaryMode.Measure(body.Length))
                ?? BinaryMode.TryConvert(context.Request.Headers, context.Request.ContentType, body, out json);
        }

        error ??= JsonBody.Check(json);
        byte[]? idempotencyKey = null;
        if (error is null && source.Rules.RepeatWindow is not null && !RepeatKeys.TryReadIdempotencyKey(context.Request.Headers, out idempotencyKey))
        {
            error = SourceErrors.IdempotencyKeyBad;
        }

        Event? created = null;
        error ??= TryCreate(context, source, json, idempotencyKey, out created);
        error ??= await door.StoreAsync(source, created!, share).ConfigureAwait(false);
        if (error is not null)
        {
            door.Refuse(context, error);
            return;
        }

        if (created!.Repeat is Repeat.Conflicting && idempotencyKey is not null)
        {
            door.Refuse(context, SourceErrors.RepeatConflicts);
            return;
        }

        GatewayAnswer.WritePublished(context, created.Id);
    }

    private async Task StoreBatchAsync(HttpContext context, GatewaySource source, ReadOnlyMemory<byte> body, EventShare share)
    {
        var (good, rejected) = (new List<Event>(), new RejectedEvents());
        var error = JsonBody.Check(body) ?? TryReadBatch(context, source, JsonBody.Text(body), share, good, rejected);
        error ??= good.Count == 0 ? rejected.First : null;
        error ??= source.Rules.TakeTokens(good.Count, time);
        if (error is not null)
        {
            door.Refuse(context, error);
            return;
        }

        // The good ones first: what fails after them is repeated by the client, and the good ones are known then or come again.
        await door.StoreAsync(source, good).ConfigureAwait(false);
        await quarantine.KeepAsync(source, rejected).ConfigureAwait(false);
        Answer(context, good, rejected.Count);
    }

    // The elements of an array, each as it was written.
    private GatewayError? TryReadBatch(
        HttpContext context, GatewaySource source, ReadOnlyMemory<byte> json, EventShare share, List<Event> good, RejectedEvents rejected)
    {
        var reader = new Utf8JsonReader(json.Span);
        reader.Read();
        if (reader.TokenType is not JsonTokenType.StartArray)
        {
            return CloudEventErrors.NotABatch;
        }

        for (var index = 0; reader.Read() && reader.TokenType is not JsonTokenType.EndArray; index++)
        {
            var start = (int)reader.TokenStartIndex;
            reader.Skip();
            var part = json[start..(int)reader.BytesConsumed];
            if (TryCreate(context, source, part, null, out var created) is { } problem)
            {
                rejected.Add(source, time.GetUtcNow(), "", index, problem, part.Span);
            }
            else if (share.TryTake(created!) is { } refusal)
            {
                return refusal;
            }
            else
            {
                good.Add(created!);
            }
        }

        return null;
    }

    private GatewayError? TryCreate(HttpContext context, GatewaySource source, ReadOnlyMemory<byte> json, byte[]? idempotencyKey, out Event? created)
    {
        created = null;
        var text = JsonBody.Text(json);
        var error = CloudEventReader.TryRead(text.Span, out var cloudEvent) ?? source.Rules.Check(text.Span);
        var key = cloudEvent.Key;
        if (error is null && !source.Rules.IsUsualKey)
        {
            key = source.Rules.ReadKey(text.Span, out error);
        }

        if (error is not null)
        {
            return error;
        }

        var (now, body) = (time.GetUtcNow(), new ReadOnlySequence<byte>(json));
        created = Event.Create(
            new EventDraft
            {
                Source = source.Name,
                Key = key,
                Type = cloudEvent.Type,
                ReceivedAt = now,
                TraceParent = RequestSpan.TraceParentOf(context),

                // An id is unique within its origin only (spec.md, id).
                RepeatKey = source.Rules.RepeatWindow is not { } window ? null
                    : idempotencyKey is null ? RepeatKeys.Of(source.Name, RepeatKind.CloudEvent, Encoding.UTF8.GetBytes($"{cloudEvent.Origin}\0{cloudEvent.Id}"), body, now + window)
                    : RepeatKeys.Of(source.Name, RepeatKind.IdempotencyKey, idempotencyKey, body, now + window),
            },
            body);
        return null;
    }

    private static void Answer(HttpContext context, List<Event> stored, int rejected)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            writer.WriteBoolean("success", true);
            writer.WriteString("message", string.Create(CultureInfo.InvariantCulture, $"{stored.Count} events published, {rejected} rejected."));
            writer.WriteStartArray("ids");
            foreach (var @event in stored)
            {
                writer.WriteStringValue(@event.Id);
            }

            writer.WriteEndArray();
            writer.WriteEndObject();
        }

        GatewayAnswer.CountRejected(context, rejected);
        GatewayAnswer.Write(context, StatusCodes.Status200OK, GatewayAnswer.Json, buffer.WrittenSpan);
    }

    private Task Refuse(HttpContext context, GatewayError error)
    {
        door.Refuse(context, error);
        return Task.CompletedTask;
    }
}
