using System.ComponentModel;

namespace Postrider.Configuration;

/// <summary>The whole configuration file, as its author wrote it. Immutable.</summary>
public sealed record PostriderConfig
{
    /// <summary>Where events come in.</summary>
    [Description("Where events come in.")]
    public GatewayConfig Gateway { get; init; } = new();

    /// <summary>Where operators look: health, metrics, status.</summary>
    [Description("Where operators look: health, metrics, status.")]
    public AdminConfig Admin { get; init; } = new();

    /// <summary>Where accepted events are stored.</summary>
    [Description("Where accepted events are stored.")]
    public LogConfig Log { get; init; } = new();

    /// <summary>Limits of delivery as a whole.</summary>
    [Description("Limits of delivery as a whole.")]
    public DeliveryConfig Delivery { get; init; } = new();

    /// <summary>Where metrics and traces go beside <c>/metrics</c>.</summary>
    [Description("Where metrics and traces go beside /metrics.")]
    public TelemetryConfig Telemetry { get; init; } = new();

    /// <summary>Where events come from, by name. Left out: one source named <c>default</c> that needs no key.</summary>
    [Description("Where events come from, by name. Left out: one source named \"default\" that needs no key.")]
    public IReadOnlyDictionary<string, SourceConfig> Sources { get; init; } = new Dictionary<string, SourceConfig>();

    /// <summary>Where events go, by name. Empty: events are only stored.</summary>
    [Description("Where events go, by name. Empty: events are only stored.")]
    public IReadOnlyDictionary<string, DestinationConfig> Destinations { get; init; } = new Dictionary<string, DestinationConfig>();

    /// <summary>Which source reaches which destination. Left out: every source reaches every destination.</summary>
    [Description("Which source reaches which destination. Left out: every source reaches every destination.")]
    public IReadOnlyList<ConnectionConfig>? Connections { get; init; }
}
