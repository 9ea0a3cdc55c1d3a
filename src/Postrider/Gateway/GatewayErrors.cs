using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Postrider.Log;

namespace Postrider.Gateway;

/// <summary>The one table from what went wrong to what the client is told. Constant answers are rendered once.</summary>
internal static class GatewayErrors
{
    private const int MaxNamesShown = 50;
    private const int MaxNameShown = 64;

    // Bodies come and go within milliseconds: a second is enough for room.
    private static readonly TimeSpan SoonAgain = TimeSpan.FromSeconds(1);

    // About what a restart takes.
    private static readonly TimeSpan AfterRestart = TimeSpan.FromSeconds(5);

    public static GatewayError NotFound { get; } =
        new(StatusCodes.Status404NotFound, "not_found", "not found: send events with POST /publish");

    public static GatewayError MethodNotAllowed { get; } =
        new(StatusCodes.Status405MethodNotAllowed, "method", "method not allowed: send events with POST /publish");

    public static GatewayError KeyMissing { get; } =
        new(StatusCodes.Status401Unauthorized, "unauthorized", "write key missing: send it as the user name of Basic authentication");

    public static GatewayError AuthorizationMalformed { get; } =
        new(StatusCodes.Status401Unauthorized, "unauthorized", "Authorization header malformed: send the write key as the user name of Basic authentication");

    public static GatewayError KeyUnknown { get; } =
        new(StatusCodes.Status401Unauthorized, "unauthorized", "write key unknown");

    public static GatewayError EncodingUnsupported { get; } =
        new(StatusCodes.Status415UnsupportedMediaType, "content_encoding", "Content-Encoding not supported: send the body uncompressed");

    public static GatewayError EncodingNotInflated { get; } = new(
        StatusCodes.Status415UnsupportedMediaType, "content_encoding", "Content-Encoding not supported: use gzip, deflate or br, or send the body uncompressed");

    public static GatewayError BodyNotCompressedAsSaid { get; } =
        new(StatusCodes.Status400BadRequest, "broken_body", "the body is not compressed as its Content-Encoding says");

    public static GatewayError BodyEmpty { get; } =
        new(StatusCodes.Status400BadRequest, "invalid_json", "the body is empty: send a JSON object");

    public static GatewayError NotAnObject { get; } =
        new(StatusCodes.Status400BadRequest, "invalid_json", "the body must be a JSON object");

    public static GatewayError BodyBroken { get; } =
        new(StatusCodes.Status400BadRequest, "broken_body", "the body ended early or its framing is broken");

    public static GatewayError BodyTooSlow { get; } =
        new(StatusCodes.Status408RequestTimeout, "too_slow", "the body did not arrive in time");

    public static GatewayError UserIdNotPresent { get; } =
        new(StatusCodes.Status400BadRequest, "user_id", "userId not present");

    public static GatewayError UserIdWrongType { get; } =
        new(StatusCodes.Status400BadRequest, "user_id", "userId must be a string or a number");

    public static GatewayError UserIdNotText { get; } =
        new(StatusCodes.Status400BadRequest, "user_id", "userId holds an escape that is half of a character (a lone surrogate)");

    public static GatewayError UserIdTooLong { get; } =
        new(StatusCodes.Status400BadRequest, "user_id", $"userId is longer than {PublishReader.MaxKeyBytes} bytes");

    public static GatewayError PayloadNotPresent { get; } =
        new(StatusCodes.Status400BadRequest, "payload", "payload not present");

    public static GatewayError DestinationsWrongType { get; } =
        new(StatusCodes.Status400BadRequest, "destinations", "destinations must be an array of strings");

    public static GatewayError TooManyBodies { get; } =
        new(StatusCodes.Status503ServiceUnavailable, "receiving_full", "error publishing event: too many request bodies at once, try again", SoonAgain);

    public static GatewayError Stopping { get; } =
        new(StatusCodes.Status503ServiceUnavailable, "stopping", "error publishing event: the server is stopping", AfterRestart);

    public static GatewayError Internal { get; } =
        new(StatusCodes.Status500InternalServerError, "internal", "internal error");

    public static GatewayError EventTooLarge { get; } =
        new(StatusCodes.Status413PayloadTooLarge, "too_large", $"with its envelope the event is larger than {IEventLog.MaxEventBytes} bytes");

    /// <summary>What is wrong with it is for the operator, who finds it in the status and in the server's log.</summary>
    public static GatewayError LogUnusable { get; } =
        new(StatusCodes.Status503ServiceUnavailable, "log_unavailable", "error publishing event: the log cannot be used now", AfterRestart);

    public static GatewayError BatchGrewTooLarge(long limit) => new(
        StatusCodes.Status413PayloadTooLarge,
        "too_large",
        Invariant($"with what each of its events takes the batch is larger than {limit} bytes: send smaller batches"));

    public static GatewayError BodyTooLarge(long limit) =>
        new(StatusCodes.Status413PayloadTooLarge, "too_large", Invariant($"the body is larger than {limit} bytes"));

    private static GatewayError LogUnavailable(LogUnavailableException reason) =>
        new(StatusCodes.Status503ServiceUnavailable, "log_unavailable", $"error publishing event: {reason.Message}", reason.RetryAfter);

    /// <summary>The answer to an event that the log has not stored; null: the failure is none of the log's.</summary>
    public static GatewayError? OfLog(Exception failure) => failure switch
    {
        LogUnavailableException unavailable => LogUnavailable(unavailable),
        LogUnusableException or GenerationMovedException => LogUnusable,
        _ => null,
    };

    public static GatewayError NotUtf8(long index) =>
        new(StatusCodes.Status400BadRequest, "invalid_json", Invariant($"the body is not valid UTF-8 at byte {index + 1}"));

    /// <summary>Names the place, counted from 1; the reader's own text says what is wrong there.</summary>
    public static GatewayError InvalidJson(JsonException reason)
    {
        var text = reason.Message;
        var place = text.IndexOf(" LineNumber:", StringComparison.Ordinal);
        var what = place < 0 ? text : text[..place];
        return new(
            StatusCodes.Status400BadRequest,
            "invalid_json",
            Invariant($"invalid JSON at line {reason.LineNumber + 1}, byte {reason.BytePositionInLine + 1}: {what}"));
    }

    public static GatewayError DestinationUnknown(string name, GatewaySource source)
    {
        var shown = name.Length <= MaxNameShown ? name : string.Concat(name.AsSpan(0, MaxNameShown), "…");
        var names = source.DestinationNames;
        var possible = names.Count == 0 ? "none" : string.Join(", ", names.Take(MaxNamesShown));
        var more = names.Count > MaxNamesShown ? Invariant($" and {names.Count - MaxNamesShown} more") : "";
        return new(
            StatusCodes.Status400BadRequest,
            "destinations",
            $"destinations: \"{shown}\" is unknown or not connected to source \"{source.Name}\"; possible: {possible}{more}");
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
