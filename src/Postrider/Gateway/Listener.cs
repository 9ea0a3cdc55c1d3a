using System.Net;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Postrider.Configuration;

namespace Postrider.Gateway;

/// <summary>One address that the web server listens on. Its requests carry its tag.</summary>
internal sealed class Listener
{
    private readonly ListenAddress _address;
    private readonly ListenerTag _tag;
    private readonly ReloadingCertificate? _certificate;
    private ListenOptions? _bound;

    /// <summary>Nothing is opened yet.</summary>
    /// <exception cref="FormatException">https without a certificate.</exception>
    public Listener(ListenAddress address, ListenerTag tag, ReloadingCertificate? certificate)
    {
        if (address.IsHttps && certificate is null)
        {
            throw new FormatException($"The {tag} listens on https, which needs a certificate.");
        }

        _address = address;
        _tag = tag;
        _certificate = certificate;
    }

    /// <summary>Where it really listens, as <c>http://127.0.0.1:3000</c>: with port 0 known only when the server has started.</summary>
    public string Url
    {
        get
        {
            var end = _bound?.IPEndPoint;
            var host = end?.ToString() ?? $"localhost:{_address.Port}";
            return $"{(_address.IsHttps ? Uri.UriSchemeHttps : Uri.UriSchemeHttp)}://{host}";
        }
    }

    public void AddTo(KestrelServerOptions options)
    {
        if (_address.Address is { } address)
        {
            options.Listen(address, _address.Port, Configure);
        }
        else if (_address.Port == 0)
        {
            // Two sockets cannot be sure to get the same free port.
            options.Listen(IPAddress.Loopback, 0, Configure);
        }
        else
        {
            options.ListenLocalhost(_address.Port, Configure);
        }
    }

    private void Configure(ListenOptions listen)
    {
        _bound = listen;
        listen.Use(next => connection =>
        {
            connection.Features.Set(_tag);
            return next(connection);
        });

        // Without TLS nothing tells the two protocols apart before the first byte, so HTTP/2 needs https.
        listen.Protocols = _address.IsHttps ? HttpProtocols.Http1AndHttp2 : HttpProtocols.Http1;
        if (_address.IsHttps)
        {
            listen.UseHttps(new TlsHandshakeCallbackOptions { OnConnection = _ => new(_certificate!.ForNextHandshake()) });
        }
    }
}
