using Microsoft.AspNetCore.Http;

namespace Postrider.Gateway.Webhooks;

/// <summary>What the sender of a webhook is told.</summary>
internal static class WebhookErrors
{
    public static GatewayError NoSource { get; } =
        new(StatusCodes.Status404NotFound, "not_found", "no source of this name takes webhooks");

    public static GatewayError KeyMissing { get; } =
        new(StatusCodes.Status401Unauthorized, "unauthorized", "write key missing: send it as the user name of Basic authentication, or as ?writeKey=");

    public static GatewayError SignatureMissing { get; } =
        new(StatusCodes.Status401Unauthorized, "signature", "the signature is missing, given twice, or malformed");

    public static GatewayError SignatureWrong { get; } =
        new(StatusCodes.Status401Unauthorized, "signature", "the signature does not match the body and any of the source's secrets");

    public static GatewayError SignatureOld { get; } =
        new(StatusCodes.Status401Unauthorized, "signature", "the signed time is too far from now: the request is old, or a clock is wrong");

    public static GatewayError ChallengeRefused { get; } =
        new(StatusCodes.Status403Forbidden, "challenge", "no challenge, or hub.verify_token is not the source's");

    public static GatewayError PartsNotTaken { get; } = new(
        StatusCodes.Status415UnsupportedMediaType, "content_type", "multipart/form-data is not taken: send JSON or application/x-www-form-urlencoded");

    public static GatewayError FormNotText { get; } =
        new(StatusCodes.Status400BadRequest, "form", "the form is not valid UTF-8");

    public static GatewayError TooManyFields { get; } =
        new(StatusCodes.Status413PayloadTooLarge, "too_large", $"the form has more than {FormJson.MaxFields} fields");

    public static GatewayError DeliveryIdTooLong { get; } =
        new(StatusCodes.Status400BadRequest, "delivery_id", $"the delivery's id is longer than {RepeatKeys.MaxIdBytes} bytes");
}
