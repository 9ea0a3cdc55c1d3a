using System.ComponentModel;

namespace Postrider.Configuration;

/// <summary>Where metrics and traces go beside <c>/metrics</c>.</summary>
public sealed record TelemetryConfig
{
    /// <summary>What this server is called in metrics and traces. Null: <c>OTEL_SERVICE_NAME</c>, or <c>postrider</c>.</summary>
    [Description("What this server is called in metrics and traces. Left out: the environment's OTEL_SERVICE_NAME, or postrider.")]
    public string? ServiceName { get; init; }

    /// <summary>A collector that takes OTLP. Null: the one that <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> names, or none.</summary>
    [Description("A collector that takes OTLP. Left out: the one that the environment's OTEL_EXPORTER_OTLP_ENDPOINT names, or none.")]
    public OtlpConfig? Otlp { get; init; }

    /// <summary>Which traces are kept.</summary>
    [Description("Which traces are kept; they go where otlp says.")]
    public TracesConfig Traces { get; init; } = new();

    /// <summary>Whether a server that runs with the other need not be told of this one.</summary>
    internal bool IsSameAs(TelemetryConfig other) =>
        ServiceName == other.ServiceName && Traces == other.Traces
        && (Otlp is { } otlp ? other.Otlp is { } theirs && otlp.IsSameAs(theirs) : other.Otlp is null);
}
