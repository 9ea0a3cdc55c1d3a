using System.ComponentModel;

namespace Postrider.Configuration;

/// <summary>How Redis is spoken to over TLS. The section's presence turns TLS on; empty (<c>{}</c>) it trusts what the system trusts.</summary>
public sealed record RedisTlsConfig
{
    /// <summary>A bundle of roots in PEM that are trusted in place of the system's. Relative to the configuration file; the reader makes it absolute.</summary>
    [Description("Roots in PEM that are trusted in place of the system's, relative to this file.")]
    public string? Ca { get; init; }

    /// <summary>The certificate that we show to Redis. Null: none.</summary>
    [Description("The certificate that we show to Redis, if it asks for one.")]
    public CertificateConfig? Certificate { get; init; }

    /// <summary>The name that the server's certificate must carry. Null: the host's of the connection.</summary>
    [Description("The name that the server's certificate must carry. Left out: the host's.")]
    public string? ServerName { get; init; }
}
