using System.ComponentModel;
using Postrider.Configuration;

namespace Postrider.Destinations.Http;

/// <summary>The certificate that we show to servers that ask for one.</summary>
public sealed record ClientCertificateSettings
{
    /// <summary>The certificate in PEM with its chain, or a PKCS #12 file (<c>.pfx</c>, <c>.p12</c>). An absolute path.</summary>
    [Description("The certificate in PEM with its chain, or a .pfx or .p12 file. An absolute path.")]
    public required string File { get; init; }

    /// <summary>Its private key in PEM. Null: the key is in <see cref="File"/>. An absolute path.</summary>
    [Description("Its private key in PEM; left out if the key is in file. An absolute path.")]
    public string? KeyFile { get; init; }

    /// <summary>The password of the PKCS #12 file or of the encrypted key.</summary>
    [Secret]
    [Description("The password of the .pfx or .p12 file, or of the encrypted key.")]
    public string? Password { get; init; }

    /// <summary>Without the password.</summary>
    public override string ToString() => $"ClientCertificateSettings {{ File = {File} }}";
}
