using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Postrider.Configuration;
using Postrider.Events;
using Postrider.Log;

namespace Postrider.Gateway.CloudEvents;

/// <summary><c>POST /events</c>: CloudEvents 1.0 in all three modes. What is stored is the JSON form: as received, or made of the headers.</summary>
internal sealed class CloudEventsEndpoint(EventDoor door, Quarantine quarantine, IConfigStore configStore, TimeProvider time)
{
    public const string Path = "/events";

    private const string StructuredType = "application/cloudevents+json";
    private const string BatchType = "application/cloudevents-batch+json";
    private const string EventsPrefix = "application/cloudevents";

    // What is kept of one that cannot be used.
    private const int MaxRejectedBytes = 32 * 1024;

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
        error ??= source!.Rules.IsEnabled ? null : SourceErrors.Disabled;
        if (error is not null)
        {
            return Refuse(context, error);
        }

        var type = MediaTypeOf(context.Request.ContentType);
        if (type == BatchType)
        {
            return door.HandleAsync(context, config.Gateway, body => StoreBatchAsync(context, source!, body));
        }

        var isBinary = !type.StartsWith(EventsPrefix, StringComparison.Ordinal) && context.Request.Headers.ContainsKey(BinaryMode.VersionHeader);
        error = type == StructuredType || isBinary ? source!.Rules.Refuse(1, time) : CloudEventErrors.WrongType;
        return error is null
            ? door.HandleAsync(context, config.Gateway, body => StoreOneAsync(context, source!, isBinary, body))
            : Refuse(context, error);
    }

    private static string MediaTypeOf(string? contentType)
    {
        var end = contentType?.IndexOf(';', StringComparison.Ordinal) ?? -1;
        return (end < 0 ? contentType ?? "" : contentType![..end]).Trim().ToLowerInvariant();
    }

    private async Task StoreOneAsync(HttpContext context, GatewaySource source, bool isBinary, ReadOnlyMemory<byte> body)
    {
        var json = body;
        GatewayError? error = null;
        if (isBinary)
        {
            error = BinaryMode.TryConvert(context.Request.Headers, context.Request.ContentType, body, out var converted);
            json = converted;
        }

        error ??= JsonBody.Check(json);
        byte[]? idempotencyKey = null;
        if (error is null && source.Rules.RepeatWindow is not null && !RepeatKeys.TryReadIdempotencyKey(context.Request.Headers, out idempotencyKey))
        {
            error = SourceErrors.IdempotencyKeyBad;
        }

        Event? created = null;
        error ??= TryCreate(context, source, json, idempotencyKey, out created);
        if (error is not null)
        {
            door.Refuse(context, error);
            return;
        }

        await door.StoreAsync(source, [created!]).ConfigureAwait(false);
        if (created!.Repeat is Repeat.Conflicting && idempotencyKey is not null)
        {
            door.Refuse(context, SourceErrors.RepeatConflicts);
            return;
        }

        GatewayAnswer.WritePublished(context, created.Id);
    }

    private async Task StoreBatchAsync(HttpContext context, GatewaySource source, ReadOnlyMemory<byte> body)
    {
        List<ReadOnlyMemory<byte>> parts = [];
        if ((JsonBody.Check(body) ?? TrySplit(JsonBody.Text(body), parts)) is { } error)
        {
            door.Refuse(context, error);
            return;
        }

        if (source.Rules.Refuse(parts.Count, time) is { } refusal)
        {
            door.Refuse(context, refusal);
            return;
        }

        var (good, rejected, rejectedCount) = (new List<Event>(parts.Count), new List<RejectedIngest>(), 0);
        GatewayError? first = null;
        foreach (var part in parts)
        {
            if (TryCreate(context, source, part, null, out var created) is { } problem)
            {
                first ??= problem;
                if (rejectedCount++ < Quarantine.MostOfABatch)
                {
                    rejected.Add(new RejectedIngest(0, source.Name, time.GetUtcNow(), problem.Message, part[..Math.Min(part.Length, MaxRejectedBytes)].ToArray()));
                }
            }
            else
            {
                good.Add(created!);
            }
        }

        if (good.Count == 0 && first is not null)
        {
            door.Refuse(context, first);
            return;
        }

        // The good ones first: what fails after them is repeated by the client, and the good ones are known then or come again.
        await door.StoreAsync(source, good).ConfigureAwait(false);
        await quarantine.KeepAsync(source, rejected, rejectedCount, context.RequestAborted).ConfigureAwait(false);
        Answer(context, good, rejectedCount);
    }

    /// <summary>The elements of an array, as they were written.</summary>
    private static GatewayError? TrySplit(ReadOnlyMemory<byte> json, List<ReadOnlyMemory<byte>> parts)
    {
        var reader = new Utf8JsonReader(json.Span);
        reader.Read();
        if (reader.TokenType is not JsonTokenType.StartArray)
        {
            return CloudEventErrors.NotABatch;
        }

        while (reader.Read() && reader.TokenType is not JsonTokenType.EndArray)
        {
            var start = (int)reader.TokenStartIndex;
            reader.Skip();
            parts.Add(json[start..(int)reader.BytesConsumed]);
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

                // An id is unique within its origin only (spec.md, id). The first byte keeps both kinds of ids apart.
                RepeatKey = source.Rules.RepeatWindow is not { } window ? null
                    : RepeatKeys.Of(source.Name, idempotencyKey ?? Encoding.UTF8.GetBytes($"\0{cloudEvent.Origin}\0{cloudEvent.Id}"), body, now + window),
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

        context.Response.ContentType = "application/json";
        context.Response.ContentLength = buffer.WrittenCount;
        context.Response.BodyWriter.Write(buffer.WrittenSpan);
    }

    private Task Refuse(HttpContext context, GatewayError error)
    {
        door.Refuse(context, error);
        return Task.CompletedTask;
    }
}
