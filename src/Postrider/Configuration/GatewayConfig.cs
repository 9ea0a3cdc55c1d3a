using System.ComponentModel;

namespace Postrider.Configuration;

/// <summary>Where events come in.</summary>
public sealed record GatewayConfig
{
    /// <summary>Scheme, address and port. Default <c>http://127.0.0.1:3000</c>; port 0 takes a free one.</summary>
    [Description("Scheme, address and port, as http://0.0.0.0:3000 or https://[::]:3443. Port 0 takes a free one.")]
    public string Listen { get; init; } = "http://127.0.0.1:3000";

    /// <summary>PEM files for https; read again when they change.</summary>
    [Description("PEM files for https; read again when they change.")]
    public CertificateConfig? Certificate { get; init; }

    /// <summary>Largest request body. Default 4 MiB.</summary>
    [Description("Largest request body; more is answered 413.")]
    public ByteSize MaxBodySize { get; init; } = ByteSize.FromMebibytes(4);

    /// <summary>Proxies whose <c>X-Forwarded-For</c> is believed: addresses, and ranges such as <c>10.0.0.0/8</c>. Default: none.</summary>
    [Description("Proxies whose X-Forwarded-For is believed, as [127.0.0.1, 10.0.0.0/8].")]
    public IReadOnlyList<string> TrustedProxies { get; init; } = [];

    /// <summary>All request bodies in memory together; more is answered 503. Default 64 MiB.</summary>
    [Description("All request bodies in memory together; more is answered 503.")]
    public ByteSize MaxReceiving { get; init; } = ByteSize.FromMebibytes(64);
}
