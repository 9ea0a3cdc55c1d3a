using System.Net;

namespace Postrider.Configuration;

/// <summary>A <c>listen</c> member, taken apart.</summary>
/// <param name="IsHttps">Whether the scheme is https.</param>
/// <param name="Address">The address; null for <c>localhost</c>, which is both loopback addresses.</param>
/// <param name="Port">The port; 0 takes a free one.</param>
internal sealed record ListenAddress(bool IsHttps, IPAddress? Address, int Port)
{
    public bool IsLoopback => Address is null || IPAddress.IsLoopback(Address);

    public static bool TryParse(string text, out ListenAddress address)
    {
        address = new ListenAddress(false, null, 0);
        if (!Uri.TryCreate(text, UriKind.Absolute, out var uri) || (uri.Scheme != Uri.UriSchemeHttp && uri.Scheme != Uri.UriSchemeHttps))
        {
            return false;
        }

        var isWhole = uri.PathAndQuery == "/" && uri.UserInfo.Length == 0 && uri.Fragment.Length == 0;
        var isLocalhost = string.Equals(uri.Host, "localhost", StringComparison.OrdinalIgnoreCase);
        IPAddress? ip = null;
        if (!isWhole || (!isLocalhost && !IPAddress.TryParse(uri.DnsSafeHost, out ip)))
        {
            return false;
        }

        address = new ListenAddress(uri.Scheme == Uri.UriSchemeHttps, ip, uri.Port);
        return true;
    }

    /// <summary>Whether both cannot be listened on at once.</summary>
    public bool Collides(ListenAddress other) =>
        Port != 0 && Port == other.Port
        && (IsAny || other.IsAny || (IsLoopback && other.IsLoopback && (Address is null || other.Address is null)) || Equals(Address, other.Address));

    private bool IsAny => IPAddress.Any.Equals(Address) || IPAddress.IPv6Any.Equals(Address);
}
