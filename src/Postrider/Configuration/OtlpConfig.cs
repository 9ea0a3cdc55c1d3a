using System.ComponentModel;

namespace Postrider.Configuration;

/// <summary>A collector that takes metrics and traces by the OpenTelemetry protocol.</summary>
public sealed record OtlpConfig
{
    /// <summary>Its address; of <c>http</c> without <c>/v1/traces</c> and <c>/v1/metrics</c>, which are added.</summary>
    [Description("The collector's address, as http://localhost:4317 for grpc or http://localhost:4318 for http; /v1/traces and /v1/metrics are added for http.")]
    public required string Endpoint { get; init; }

    /// <summary>How it is spoken to. Default gRPC.</summary>
    [Description("How the collector is spoken to: gRPC, or protobuf over HTTP.")]
    public OtlpProtocol Protocol { get; init; } = OtlpProtocol.Grpc;

    /// <summary>Headers of every call, for credentials.</summary>
    [Secret]
    [Description("Headers of every call, as Authorization: Bearer ${TOKEN}.")]
    public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>();

    /// <summary>How often metrics are sent. Default 60 s.</summary>
    [Description("How often metrics are sent. Traces go every five seconds, or when 512 are together.")]
    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long a call may take. Default 10 s.</summary>
    [Description("How long a call to the collector may take; what it did not take by then is lost.")]
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Without the headers' values.</summary>
    public override string ToString() => $"OtlpConfig {{ Endpoint = {Endpoint}, Protocol = {Protocol}, Headers = [{string.Join(", ", Headers.Keys)}] }}";

    internal bool IsSameAs(OtlpConfig other) =>
        Endpoint == other.Endpoint && Protocol == other.Protocol && Interval == other.Interval && Timeout == other.Timeout
        && Headers.Count == other.Headers.Count && Headers.All(header => other.Headers.TryGetValue(header.Key, out var value) && value == header.Value);
}
