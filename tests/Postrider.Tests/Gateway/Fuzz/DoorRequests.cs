using System.Security.Cryptography;
using System.Text;
using CsCheck;
using Postrider.Tests.Gateway.Segment;

namespace Postrider.Tests.Gateway.Fuzz;

/// <summary>Requests from good to garbage for every door, with the headers that each looks at.</summary>
internal static class DoorRequests
{
    public const string Secret = "s3cret";

    private static readonly Gen<string> Text = MutatedBodies.OneOf(
        "k", "ä€", "\ud83d\ude00", "", " ", "a%20b", "%E2%82%AC", "%zz", "%", "%FF", "\"q\\\"uoted\"", "\"", "a,b", "1.0", new string('x', 5_000), "\u00ff", "a\tb", "../..");

    private static readonly Gen<(string Name, string Value)> AnyHeader = Gen.Select(
        MutatedBodies.OneOf(
            "Origin", "Idempotency-Key", "Idempotency-Key", "traceparent", "ce-subject", "ce-id", "ce-data", "ce-x_y", "ce-", "Content-Encoding", "Authorization", "webhook-id",
            "X-Hub-Signature-256", "Content-Type", "Expect", "X-Event", "aeg-event-type", "Access-Control-Request-Method"),
        Gen.OneOf(
            Text,
            MutatedBodies.OneOf(
                "https://a.example", "https://evil.example", "null", "gzip", "identity", "Basic d2s6", "Basic !!", "Bearer x", "100-continue", "POST", "SubscriptionValidation",
                "application/json", "application/x-www-form-urlencoded; charset=latin1", "multipart/form-data; boundary=x",
                "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331", "sha256=00")));

    private static readonly Gen<string> CloudEventMember = Gen.Select(
        MutatedBodies.OneOf("id", "source", "type", "subject", "partitionkey", "time", "dataschema", "data", "data_base64", "specversion", "ext", "eXt", "", "\\ud800", "t\\u0079pe"),
        MutatedBodies.OneOf(
            "1", "1.5", "null", "true", "\"\"", "\"x\"", "\"1.0\"", "\"\\ud800\"", "\"2026-01-31T00:00:00Z\"", "\"2026-01-31\\ud800\"", "\"2026-01-31T00:00:0\\u0030Z\"", "\"YQ==\"", "\"http://a/\"",
            "{}", "[1]", "\"http://[\"", new string('[', 60) + new string(']', 60)),
        (name, value) => $"\"{name}\":{value}");

    private static readonly Gen<string> CloudEvent = Gen.Select(Gen.Int[0, 9], CloudEventMember.Array[0, 3], (kind, members) => kind switch
    {
        0 => "5",
        1 => $"{{{string.Join(',', members)}}}",
        _ => $"{{{string.Join(',', [.. members[..(members.Length / 2)], "\"specversion\":\"1.0\",\"type\":\"t\",\"source\":\"s\",\"id\":\"1\"", .. members[(members.Length / 2)..]])}}}",
    });

    private static readonly Gen<byte[]> Form = Gen.OneOf(
        MutatedBodies.OneOf("a", "A", "a=", "=", "a=1", "%", "%4", "%41=%c3%a4", "%FF", "%00", "+", "a=%ED%A0%80", "ä=€", "x=\"\\", "n\u0001", "userId=7").Array[0, 8].Select(parts => Encoding.UTF8.GetBytes(string.Join('&', parts))),
        Gen.Byte.Array[0, 100],
        Gen.Int[1_000, 1_100].Select(count => Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("a&", count)))));

    private static readonly Gen<DoorRequest> Publish = Of("/publish", MutatedBodies.Any, "");

    private static readonly Gen<DoorRequest> Structured = Of("/events", Bytes(CloudEvent), "application/cloudevents+json; charset=utf-8");

    private static readonly Gen<DoorRequest> Batch = Of("/events", Bytes(CloudEvent.Array[0, 5].Select(events => $"[{string.Join(" , ", events)}]")), "application/cloudevents-batch+json");

    private static readonly Gen<DoorRequest> Binary = Gen.Select(
        Of("/events", Gen.OneOf(Gen.Byte.Array[0, 50], Bytes(CloudEvent)), null), MutatedBodies.OneOf("application/json", "text/plain", ""), Text, (request, type, subject) => request with
        {
            Headers = [.. request.Headers, ("ce-specversion", "1.0"), ("ce-type", "t"), ("ce-source", "s"), ("ce-id", "1"), ("ce-subject", subject), .. type.Length > 0 ? [("Content-Type", type)] : Array.Empty<(string, string)>()],
        });

    private static readonly Gen<string> Challenge = MutatedBodies.OneOf(
        """[{"data":{"validationCode":"x"}},1]""", """[{"data":{"validationCode":"\ud800"}}]""", """[[{"data":1}]]""", """{"type":"url_verification","challenge":"\udc00"}""",
        """{"type":"url_verification","challenge":"x"}""", "[]", "5");

    private static readonly Gen<DoorRequest> Hook = Of("/webhook/open", Gen.OneOf(MutatedBodies.Any, Bytes(CloudEvent), Bytes(Challenge)), "application/json");

    private static readonly Gen<DoorRequest> HookForm = Of("/webhook/open", Form, "application/x-www-form-urlencoded");

    // Some are signed well, and some of those are changed on their way.
    private static readonly Gen<DoorRequest> HookSigned = Gen.Select(Of("/webhook/signed", MutatedBodies.Any, ""), Gen.Int[0, 3], (request, kind) => kind == 0 ? request : request with
    {
        Headers = [.. request.Headers, ("X-Hub-Signature-256", $"sha256={Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(Secret), kind == 1 ? [.. request.Body, 1] : request.Body))}")],
    });

    private static readonly Gen<DoorRequest> Pixel = Gen.Select(
        MutatedBodies.OneOf("/pixel/v1/track", "/pixel/v1/page", "/sourceConfig", "/v1/projects/%00/settings", "/webhook/open"),
        Gen.Select(
            MutatedBodies.OneOf("userId", "anonymousId", "event", "name", "context.page.title", "context", "a.b.c.d", "integrations.All", "%ED%A0%80", "%", "...", "writeKey", "hub.mode", "type", "timestamp", "sentAt"),
            MutatedBodies.OneOf("", "1", "%22x%22", "%F0%9F%98%80", "%ED%A0%80", "%FF", "2026-01-31%ED%A0%80", "+", "%00", "subscribe"), (name, value) => $"{name}={value}").Array[0, 6],
        AnyHeader.Array[0, 2],
        (path, query, headers) => new DoorRequest("GET", $"{path}?{string.Join('&', query)}", [], headers));

    private static readonly Gen<DoorRequest> Strict = Of("/v1/batch?writeKey=wk_strict", SegmentBodies.Of(isBatch: true), "");

    public static readonly Gen<DoorRequest> Any = Gen.Frequency(
        (3, Publish), (3, Structured), (3, Batch), (3, Binary), (2, Hook), (3, HookForm), (2, HookSigned), (2, Pixel), (2, Strict),
        (1, Of("/publish", MutatedBodies.Any, "").Select(request => request with { Method = "OPTIONS" })),
        (1, Of("/v1/track?writeKey=wk_strict", SegmentBodies.Of(isBatch: false), "")));

    private static Gen<byte[]> Bytes(Gen<string> text) => text.Select(Encoding.UTF8.GetBytes);

    private static Gen<DoorRequest> Of(string path, Gen<byte[]> body, string? contentType) => Gen.Select(body, Gen.Frequency((5, Gen.Const(Array.Empty<(string, string)>())), (4, AnyHeader.Array[1, 3])), (bytes, headers) =>
        new DoorRequest("POST", path, bytes, [.. string.IsNullOrEmpty(contentType) ? Array.Empty<(string, string)>() : [("Content-Type", contentType)], .. headers]));
}
