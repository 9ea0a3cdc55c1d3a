using System.ComponentModel;

namespace Postrider.Configuration;

/// <summary>Limits of delivery as a whole.</summary>
public sealed record DeliveryConfig
{
    /// <summary>How long attempts in flight may finish when the server stops. Default 15 s.</summary>
    [Description("How long attempts in flight may finish when the server stops.")]
    public TimeSpan ShutdownTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How long attempts in flight may finish when a partition goes to another router. Default 5 s.</summary>
    [Description("How long attempts in flight may finish when a part of the log goes to another router.")]
    public TimeSpan HandoverTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long the progress of a destination that left the configuration is kept. Default 24 h.</summary>
    [Description("How long the backlog of a destination that left this file is kept; then it is given up and recorded.")]
    public TimeSpan ForgetAfter { get; init; } = TimeSpan.FromHours(24);

    /// <summary>Bytes of events in delivery, all destinations together. Default 64 MiB.</summary>
    [Description("Bytes of events waiting in memory for their attempt, all destinations together.")]
    public ByteSize MaxInMemory { get; init; } = ByteSize.FromMebibytes(64);
}
