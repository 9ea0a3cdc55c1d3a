using Microsoft.AspNetCore.Http;

namespace Postrider.Gateway.Segment;

/// <summary>Answers of these endpoints alone; the words are RudderStack's where it has some, because people search for them.</summary>
internal static class SegmentErrors
{
    public static GatewayError BatchEmpty { get; } = new(StatusCodes.Status400BadRequest, "batch", "empty batch payload");

    public static GatewayError NotAnEvent { get; } = new(StatusCodes.Status400BadRequest, "event", "event is not a valid rudder event");

    public static GatewayError NoIdentity { get; } =
        new(StatusCodes.Status400BadRequest, "user_id", "request neither has anonymousId nor userId");

    public static GatewayError KeyTooLong { get; } =
        new(StatusCodes.Status400BadRequest, "user_id", $"userId, anonymousId or the ordering key is longer than {PublishReader.MaxKeyBytes} bytes");

    public static GatewayError NotText { get; } =
        new(StatusCodes.Status400BadRequest, "not_text", "userId, anonymousId, messageId or type holds an escape that is half of a character (a lone surrogate)");

    public static GatewayError NoType { get; } = new(StatusCodes.Status400BadRequest, "type", "type not present");

    public static GatewayError TypeTooLong { get; } =
        new(StatusCodes.Status400BadRequest, "type", $"type is longer than {EventBuilder.MaxTypeBytes} bytes");

    public static GatewayError TooDeep { get; } =
        new(StatusCodes.Status400BadRequest, "depth", $"event is more than {JsonLimits.MaxDepth} levels deep");

    public static GatewayError TooDeepWithRoot { get; } =
        new(StatusCodes.Status400BadRequest, "depth", $"with what it takes from the batch's root the event is more than {JsonLimits.MaxDepth} levels deep");

    public static GatewayError MethodNotAllowed(string allowed) =>
        new(StatusCodes.Status405MethodNotAllowed, "method", $"method not allowed: use {allowed}");
}
