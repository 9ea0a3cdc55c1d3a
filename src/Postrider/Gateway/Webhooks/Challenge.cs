using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Postrider.Configuration;

namespace Postrider.Gateway.Webhooks;

/// <summary>What senders ask an address before they send to it, and what they want to hear. None of it is an event.</summary>
internal static class Challenge
{
    // Far longer than any of theirs; we echo nothing that is a document.
    private const int MaxLength = 2048;

    private static readonly FieldPath Type = new("type");
    private static readonly FieldPath SlackChallenge = new("challenge");
    private static readonly FieldPath ValidationCode = new("data.validationCode");

    /// <summary>Meta's GET (https://developers.facebook.com/docs/graph-api/webhooks/getting-started): the challenge to echo; null: refused.</summary>
    public static string? AnswerMeta(WebhookSourceConfig webhook, IQueryCollection query) =>
        webhook.VerifyToken is { } token
        && query["hub.mode"] == "subscribe"
        && query["hub.verify_token"] is [{ } given]
        && CryptographicOperations.FixedTimeEquals(SHA256.HashData(Encoding.UTF8.GetBytes(given)), SHA256.HashData(Encoding.UTF8.GetBytes(token)))
        && query["hub.challenge"] is [{ Length: > 0 and <= MaxLength } challenge]
            ? challenge
            : null;

    /// <summary>Microsoft Graph's POST (https://learn.microsoft.com/graph/change-notifications-delivery-webhooks): the token to echo; null: it is none.</summary>
    public static string? AnswerGraph(IQueryCollection query) => query["validationToken"] is [{ Length: > 0 and <= MaxLength } token] ? token : null;

    /// <summary>
    /// Slack's <c>url_verification</c> (https://docs.slack.dev/reference/events/url_verification), to be echoed, and Event Grid's
    /// <c>SubscriptionValidationEvent</c> (https://learn.microsoft.com/azure/event-grid/end-point-validation-event-grid-events-schema); null: neither.
    /// </summary>
    /// <param name="json">A valid document.</param>
    /// <param name="headers">The request's.</param>
    public static (string ContentType, string Body)? AnswerBody(ReadOnlySpan<byte> json, IHeaderDictionary headers)
    {
        if (TextAt(Type, json) == "url_verification" && TextAt(SlackChallenge, json) is { Length: <= MaxLength } challenge)
        {
            return ("text/plain", challenge);
        }

        // One event in an array.
        if (headers["aeg-event-type"] == "SubscriptionValidation" && TextAt(ValidationCode, FirstOf(json)) is { Length: <= MaxLength } code)
        {
            return ("application/json", $$"""{"validationResponse":{{JsonSerializer.Serialize(code, WebhookJson.Default.String)}}}""");
        }

        return null;
    }

    private static ReadOnlySpan<byte> FirstOf(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json);
        return reader.Read() && reader.TokenType is JsonTokenType.StartArray && reader.Read() && reader.TokenType is JsonTokenType.StartObject
            ? json[(int)reader.TokenStartIndex..json.LastIndexOf((byte)']')]
            : "{}"u8;
    }

    private static string? TextAt(FieldPath field, ReadOnlySpan<byte> json) => field.TryReadText(json, out var text, out _) ? Encoding.UTF8.GetString(text) : null;
}
