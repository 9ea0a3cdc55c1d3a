namespace Postrider.Diagnostics;

/// <summary>
/// The attributes of spans. Names are those of OpenTelemetry's conventions for HTTP and messaging; where they have none, ours begin with the product.
/// An event's id may be in a span, its key and its body never.
/// </summary>
internal static class SpanAttributes
{
    public const string MessagingSystem = "messaging.system";
    public const string OperationName = "messaging.operation.name";
    public const string OperationType = "messaging.operation.type";
    public const string DestinationName = "messaging.destination.name";
    public const string MessageId = "messaging.message.id";
    public const string MessageCount = "messaging.batch.message_count";
    public const string BodySize = "messaging.message.body.size";
    public const string ErrorType = "error.type";
    public const string RequestMethod = "http.request.method";
    public const string Route = "http.route";
    public const string ResponseStatus = "http.response.status_code";
    public const string ServerAddress = "server.address";
    public const string ServerPort = "server.port";
    public const string ProtocolVersion = "network.protocol.version";
    public const string Source = "postrider.source";
    public const string DestinationType = "postrider.destination.type";
    public const string Attempt = "postrider.attempt";
    public const string Outcome = "postrider.outcome";

    /// <summary>The value of <see cref="MessagingSystem"/>.</summary>
    public const string System = "postrider";
}
