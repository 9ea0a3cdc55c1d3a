using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Postrider.Configuration;
using Postrider.Gateway;

namespace Postrider;

/// <summary>Gives the web server its listeners, of which a router has one, and knows where they really listen.</summary>
internal sealed class PostriderListeners(PostriderBuilder builder, IConfigStore config, TimeProvider time, ILoggerFactory loggers) : IConfigureOptions<KestrelServerOptions>
{
    private Listener? _gateway;
    private Listener? _admin;

    public PostriderAddresses Addresses => new(_gateway is null ? null : new Uri(_gateway.Url), new Uri(_admin!.Url));

    public void Configure(KestrelServerOptions options)
    {
        try
        {
            if (builder.StartOptions.HasGateway)
            {
                _gateway = GatewayListener.Configure(options, config.Current.Gateway, time, loggers);
            }

            _admin = new Listener(ListenAddressOf(config.Current.Admin.Listen), ListenerTag.Admin, certificate: null);
            _admin.AddTo(options);
        }
        catch (Exception exception) when (exception is FormatException or CertificateUnusableException)
        {
            throw new PostriderStartException(exception.Message, exception);
        }
    }

    private static ListenAddress ListenAddressOf(string text) =>
        ListenAddress.TryParse(text, out var address) ? address : throw new FormatException($"admin.listen '{text}' is no address.");
}
