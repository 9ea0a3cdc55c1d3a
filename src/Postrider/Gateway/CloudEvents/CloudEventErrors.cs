using Microsoft.AspNetCore.Http;

namespace Postrider.Gateway.CloudEvents;

/// <summary>What the sender of a CloudEvent is told.</summary>
internal static class CloudEventErrors
{
    public static GatewayError WrongType { get; } = new(
        StatusCodes.Status415UnsupportedMediaType, "content_type",
        "send application/cloudevents+json, application/cloudevents-batch+json, or ce- headers with any body");

    public static GatewayError NotAnObject { get; } = Bad("a CloudEvent must be a JSON object");

    public static GatewayError NotABatch { get; } =
        new(StatusCodes.Status400BadRequest, "cloudevent", "a batch must be a JSON array");

    public static GatewayError Bad(string problem) => new(StatusCodes.Status400BadRequest, "cloudevent", problem);
}
