using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Postrider.Configuration;

/// <summary>What a <c>log.connection</c> says, in either of its forms.</summary>
/// <param name="Hosts">Hosts and ports.</param>
/// <param name="IsUrl">Whether it has a scheme, which then decides on TLS.</param>
/// <param name="Tls">Whether the scheme is <c>rediss</c>.</param>
/// <param name="User">The user in it.</param>
/// <param name="Password">The password in it.</param>
/// <param name="Database">The database in it.</param>
internal sealed record RedisAddress(IReadOnlyList<(string Host, int Port)> Hosts, bool IsUrl, bool Tls, string? User, string? Password, int? Database)
{
    private const int RedisPort = 6379;
    private const int SentinelPort = 26379;

    /// <summary>Hosts and ports as people read them, without credentials.</summary>
    public string HostText => string.Join(',', Hosts.Select(host => string.Create(
        CultureInfo.InvariantCulture, $"{(host.Host.Contains(':', StringComparison.Ordinal) ? $"[{host.Host}]" : host.Host)}:{host.Port}")));

    /// <summary>A connection without its credentials, whatever it is.</summary>
    public static string Shown(RedisLogConfig log) => !TryParse(log, out var address) ? "?"
        : log.Sentinel is null ? address.HostText
        : $"{log.Sentinel} by the Sentinels {address.HostText}";

    public static bool TryParse(RedisLogConfig log, [NotNullWhen(true)] out RedisAddress? address) => TryParse(log.Connection, log.Sentinel is not null, out address);

    private static bool TryParse(string? connection, bool isOfSentinels, [NotNullWhen(true)] out RedisAddress? address)
    {
        address = null;
        var defaultPort = isOfSentinels ? SentinelPort : RedisPort;
        if (string.IsNullOrWhiteSpace(connection))
        {
            return false;
        }

        if (connection.Contains("://", StringComparison.Ordinal))
        {
            return TryParseUrl(connection, defaultPort, out address);
        }

        var hosts = new List<(string, int)>();
        foreach (var part in connection.Split(',', StringSplitOptions.TrimEntries))
        {
            if (!TryParseHost(part, defaultPort, out var host))
            {
                return false;
            }

            hosts.Add(host);
        }

        address = new RedisAddress(hosts, IsUrl: false, Tls: false, null, null, null);
        return true;
    }

    // redis://[[user]:password@]host[:port][/database], as redis-cli and most clients take it.
    private static bool TryParseUrl(string text, int defaultPort, [NotNullWhen(true)] out RedisAddress? address)
    {
        address = null;
        if (!Uri.TryCreate(text, UriKind.Absolute, out var url) || url.Scheme is not ("redis" or "rediss") || url.Host.Length == 0
            || url.Query.Length > 0 || url.Fragment.Length > 0)
        {
            return false;
        }

        int? database = null;
        if (url.AbsolutePath.Trim('/') is { Length: > 0 } path)
        {
            if (!int.TryParse(path, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            {
                return false;
            }

            database = number;
        }

        var colon = url.UserInfo.IndexOf(':', StringComparison.Ordinal);
        var user = colon < 0 ? url.UserInfo : url.UserInfo[..colon];
        var password = colon < 0 ? null : Uri.UnescapeDataString(url.UserInfo[(colon + 1)..]);
        address = new RedisAddress(
            [(url.DnsSafeHost, url.Port < 0 ? defaultPort : url.Port)], IsUrl: true, url.Scheme == "rediss",
            user.Length == 0 ? null : Uri.UnescapeDataString(user), password, database);
        return true;
    }

    private static bool TryParseHost(string text, int defaultPort, out (string Host, int Port) host)
    {
        host = default;
        var colon = text.LastIndexOf(':');
        var hasPort = colon > text.LastIndexOf(']');
        var name = hasPort ? text[..colon] : text;
        var port = defaultPort;
        if (hasPort && (!int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out port) || port is < 1 or > 65535))
        {
            return false;
        }

        name = name.StartsWith('[') && name.EndsWith(']') ? name[1..^1] : name;
        host = (name, port);
        return Uri.CheckHostName(name) != UriHostNameType.Unknown;
    }
}
