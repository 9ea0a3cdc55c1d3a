using System.ComponentModel;

namespace Postrider.Configuration;

/// <summary>A certificate in PEM files. Relative to the configuration file; the reader makes both paths absolute.</summary>
public sealed record CertificateConfig
{
    /// <summary>The certificate, with its chain.</summary>
    [Description("The certificate in PEM, with its chain.")]
    public required string File { get; init; }

    /// <summary>Its private key.</summary>
    [Description("Its private key in PEM.")]
    public required string KeyFile { get; init; }
}
