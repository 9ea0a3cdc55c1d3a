using System.Text.RegularExpressions;

namespace Postrider.Configuration;

/// <summary>Hides what is secret in a value that is shown.</summary>
internal static partial class SecretMask
{
    public const string Mask = "***";

    /// <summary>Hides all of it; nothing stays nothing.</summary>
    public static string Whole(string value) => value.Length == 0 ? value : Mask;

    /// <summary>Of an address: hides its user and password, the values of its query, and long parts of its path. What cannot be understood is hidden whole.</summary>
    public static string Address(string value)
    {
        var scheme = value.IndexOf("://", StringComparison.Ordinal);
        var start = scheme < 0 ? 0 : scheme + 3;
        var end = value.AsSpan(start).IndexOfAny('/', '?', '#') is var found && found < 0 ? value.Length : start + found;
        var authority = value[start..end];
        var hosts = authority[(authority.LastIndexOf('@') + 1)..];

        // A password may hold what ends an authority elsewhere, written without the percent signs that it needs.
        if (!Hosts().IsMatch(hosts) || (hosts.Length == authority.Length && UserLike().IsMatch(hosts) && value.IndexOf('@', end) > 0))
        {
            return value[..start] + Mask;
        }

        var user = hosts.Length < authority.Length ? Mask + "@" : "";
        var rest = value[end..];
        var query = rest.AsSpan().IndexOfAny('?', '#');
        var path = query < 0 ? rest : rest[..query];
        return value[..start] + user + hosts
            + string.Join('/', path.Split('/').Select(part => LongToken().IsMatch(part) ? Mask : part))
            + (query < 0 ? "" : Query(rest[query..]));
    }

    // A name without a value may be a token too.
    private static string Query(string text) => QueryPart().Replace(text, part => part.Value.IndexOf('=', StringComparison.Ordinal) is var equals && equals < 0 ? Mask : part.Value[..(equals + 1)] + Mask);

    /// <summary>Of a value that nobody calls secret: hides the user and password of an address in it.</summary>
    public static string Plain(string value) => UserInfo().Replace(value, "$1" + Mask + "@");

    /// <summary>Whether a member's name says that it holds a secret, for records whose author did not.</summary>
    public static bool IsSuspicious(string name) => SuspiciousName().IsMatch(name);

    [GeneratedRegex(@"^((\[[0-9A-Fa-f:.%]+\]|[\w.~%{}-]*)(:[0-9]*)?)(,(\[[0-9A-Fa-f:.%]+\]|[\w.~%{}-]*)(:[0-9]*)?)*$", RegexOptions.CultureInvariant)]
    private static partial Regex Hosts();

    [GeneratedRegex(@"^[^:,\[\]]+:", RegexOptions.CultureInvariant)]
    private static partial Regex UserLike();

    [GeneratedRegex(@"[^?&#;]+", RegexOptions.CultureInvariant)]
    private static partial Regex QueryPart();

    [GeneratedRegex(@"(://)[^/\s?#]*@", RegexOptions.CultureInvariant)]
    private static partial Regex UserInfo();

    // Slack's and Discord's addresses of webhooks end in one.
    [GeneratedRegex(@"^(?=.*[0-9])(?=.*[A-Za-z])[A-Za-z0-9_.~%-]{20,}$", RegexOptions.CultureInvariant)]
    private static partial Regex LongToken();

    [GeneratedRegex("(secret|passw|passphrase|token|credential|bearer|(api|access|private|signing|account|shared)key|connectionstring)s?(?!.*(file|path)$)", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex SuspiciousName();
}
