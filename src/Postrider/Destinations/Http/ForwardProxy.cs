using System.Net;
using System.Text;

namespace Postrider.Destinations.Http;

/// <summary>A forward proxy, ready for use.</summary>
internal sealed class ForwardProxy
{
    private readonly Uri _url;
    private readonly ProxySettings _settings;

    public ForwardProxy(ProxySettings settings)
    {
        _settings = settings;
        _url = new Uri(settings.Url);
        EndPoint = new DnsEndPoint(_url.IdnHost, _url.Port);
    }

    public DnsEndPoint EndPoint { get; }

    /// <summary>What plain http requests carry for the proxy; null: nothing.</summary>
    /// <remarks>The proxy reads them itself. Left to the handler, each would be sent twice: without, and after a 407 with it.</remarks>
    public string? AuthorizationOf(Uri target) => _settings.User is null || target.Scheme != Uri.UriSchemeHttp
        ? null
        : "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"{_settings.User}:{_settings.Password}"));

    /// <summary>For the handler, which asks the proxy for tunnels to https servers.</summary>
    public WebProxy ToWebProxy() => new(_url)
    {
        Credentials = _settings.User is null ? null : new NetworkCredential(_settings.User, _settings.Password),
    };
}
