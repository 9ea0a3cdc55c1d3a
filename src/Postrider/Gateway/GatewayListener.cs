using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;
using Postrider.Configuration;

namespace Postrider.Gateway;

/// <summary>Puts the gateway's listener into the web server, with the limits that hold for the whole server.</summary>
internal static class GatewayListener
{
    /// <summary>Call once, before the server starts.</summary>
    /// <exception cref="CertificateUnusableException">The certificate's files cannot be used.</exception>
    /// <exception cref="FormatException">The address is none.</exception>
    public static Listener Configure(KestrelServerOptions options, GatewayConfig config, TimeProvider time, ILoggerFactory loggers)
    {
        ServerLimits.Apply(options);
        var certificate = config.Certificate is { } files
            ? new ReloadingCertificate(files, time, loggers.CreateLogger<ReloadingCertificate>())
            : null;
        if (!ListenAddress.TryParse(config.Listen, out var address))
        {
            throw new FormatException($"gateway.listen '{config.Listen}' is no address.");
        }

        var listener = new Listener(address, ListenerTag.Gateway, certificate);
        listener.AddTo(options);
        return listener;
    }
}
