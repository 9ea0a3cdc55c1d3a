using System.Diagnostics.CodeAnalysis;
using System.Net;

namespace Postrider.Gateway;

/// <summary>What <c>listen</c> says: scheme, address and port.</summary>
/// <param name="IsHttps">Needs a certificate.</param>
/// <param name="Address">Where; null means <c>localhost</c>, both loopbacks.</param>
/// <param name="Port">0: any free one.</param>
internal sealed record ListenAddress(bool IsHttps, IPAddress? Address, int Port)
{
    public bool IsLoopback => Address is null || IPAddress.IsLoopback(Address);

    /// <exception cref="FormatException">The text is no such address.</exception>
    public static ListenAddress Parse(string text) =>
        TryParse(text, out var address, out var error) ? address : throw new FormatException($"listen '{text}' {error}.");

    /// <summary>Reads <c>http://0.0.0.0:3000</c>, <c>https://[::]:3443</c> or <c>http://localhost:3000</c>.</summary>
    /// <param name="text">The setting.</param>
    /// <param name="address">The parts.</param>
    /// <param name="error">For the one who wrote it: what is wrong.</param>
    public static bool TryParse(string text, [NotNullWhen(true)] out ListenAddress? address, [NotNullWhen(false)] out string? error)
    {
        address = null;
        error = null;
        if (!Uri.TryCreate(text, UriKind.Absolute, out var uri) || (uri.Scheme != Uri.UriSchemeHttp && uri.Scheme != Uri.UriSchemeHttps))
        {
            error = "must be http or https, an address and a port, as http://0.0.0.0:3000";
        }
        else if (uri.PathAndQuery != "/" || uri.Fragment.Length > 0 || uri.UserInfo.Length > 0)
        {
            error = "must hold nothing but scheme, address and port";
        }
        else if (uri.Host == "localhost")
        {
            address = new ListenAddress(uri.Scheme == Uri.UriSchemeHttps, null, uri.Port);
        }
        else if (IPAddress.TryParse(uri.DnsSafeHost, out var ip))
        {
            address = new ListenAddress(uri.Scheme == Uri.UriSchemeHttps, ip, uri.Port);
        }
        else
        {
            error = $"'{uri.Host}' is no address of this machine: write an IP address, 0.0.0.0 or [::] for all, or localhost";
        }

        return error is null;
    }
}
