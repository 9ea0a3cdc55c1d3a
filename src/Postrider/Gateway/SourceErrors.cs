using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace Postrider.Gateway;

/// <summary>What a client is told that breaks a rule of its source.</summary>
internal static class SourceErrors
{
    // As RudderStack has it: its SDKs take a 404 as the order to stop.
    public static GatewayError Disabled { get; } =
        new(StatusCodes.Status404NotFound, "source_disabled", "source is disabled");

    public static GatewayError OriginRefused { get; } =
        new(StatusCodes.Status403Forbidden, "origin", "the source takes no events from pages of this origin");

    public static GatewayError RepeatConflicts { get; } =
        new(StatusCodes.Status422UnprocessableEntity, "repeat_conflicts", "another body came under this Idempotency-Key before: a new event needs a new key");

    public static GatewayError IdempotencyKeyBad { get; } =
        new(StatusCodes.Status400BadRequest, "idempotency_key", $"Idempotency-Key must be given once, with 1 to {RepeatKeys.MaxIdBytes} bytes");

    public static GatewayError TooMany(TimeSpan retryAfter) =>
        new(StatusCodes.Status429TooManyRequests, "rate_limited", "max requests limit reached", retryAfter);

    public static GatewayError EventTooLarge(long limit) =>
        new(StatusCodes.Status413PayloadTooLarge, "too_large", string.Create(CultureInfo.InvariantCulture, $"the event is larger than {limit} bytes"));

    public static GatewayError FieldMissing(string field) =>
        new(StatusCodes.Status400BadRequest, "required", $"{field} not present");

    public static GatewayError KeyTooLong(string field) =>
        new(StatusCodes.Status400BadRequest, "key", string.Create(CultureInfo.InvariantCulture, $"{field} is longer than {PublishReader.MaxKeyBytes} bytes"));

    public static GatewayError KeyNotText(string field) =>
        new(StatusCodes.Status400BadRequest, "key", $"{field} holds an escape that is half of a character (a lone surrogate)");
}
