namespace Postrider.Configuration;

/// <summary>Checks who may ask on the admin listener.</summary>
internal sealed class AdminValidator(ConfigErrors errors)
{
    private const string HeaderSymbols = "!#$%&'*+-.^_`|~";

    public void Validate(AdminConfig admin, ListenAddress? listen)
    {
        if (listen is { IsHttps: true })
        {
            errors.Add("admin.listen", "https is not supported here; listen on loopback, or put a TLS proxy before it");
        }

        ValidateTokens(admin);
        ValidateProxies(admin);
        for (var i = 0; i < admin.Hosts.Count; i++)
        {
            Require($"admin.hosts[{i}]", IsHost(admin.Hosts[i]), "expected a name or address without scheme and port, as postrider.example.com or [fd00::1]");
        }

        var hasTokens = admin.AllTokens.Any() || errors.Has("admin.token") || errors.Has("admin.tokens");
        var hasProxies = admin.TrustedProxies.Count > 0 || errors.Has("admin.trustedProxies");
        if (hasTokens || hasProxies)
        {
            return;
        }

        if (admin.AllReadTokens.Any())
        {
            errors.Add(errors.Written("admin.readToken", "admin.readTokens"), "with a token for readers alone nobody could change anything; add token: \"${POSTRIDER_TOKEN}\" for operators");
        }
        else if (listen is { IsLoopback: false })
        {
            errors.Add("admin.listen", "an address that others reach needs a token; add token: \"${POSTRIDER_TOKEN}\", or listen on 127.0.0.1");
        }
    }

    private void ValidateTokens(AdminConfig admin)
    {
        ValidateToken("admin.token", admin.Token, mayBeEmpty: true);
        ValidateToken("admin.readToken", admin.ReadToken, mayBeEmpty: true);
        ValidateAll("admin.tokens", admin.Tokens);
        ValidateAll("admin.readTokens", admin.ReadTokens);
        var operators = admin.AllTokens.ToHashSet(StringComparer.Ordinal);
        if (admin.AllReadTokens.Any(operators.Contains))
        {
            errors.Add(errors.Written("admin.readToken", "admin.readTokens"), "a token of operators is here too, and would make its readers operators; give readers their own");
        }

        void ValidateAll(string path, IReadOnlyList<string> tokens)
        {
            for (var i = 0; i < tokens.Count; i++)
            {
                ValidateToken($"{path}[{i}]", tokens[i], mayBeEmpty: false);
            }
        }
    }

    private void ValidateToken(string path, string token, bool mayBeEmpty)
    {
        Require(path, token.All(c => c is > ' ' and <= '~'), "must be printable ASCII without spaces, because it travels in a header");
        Require(path, mayBeEmpty || token.Length > 0, "is empty; take it out of the list");
    }

    private void ValidateProxies(AdminConfig admin)
    {
        for (var i = 0; i < admin.TrustedProxies.Count; i++)
        {
            var path = $"admin.trustedProxies[{i}]";
            if (!NetworkRange.TryParse(admin.TrustedProxies[i], out var range))
            {
                errors.Add(path, "expected a network or an address, as 10.0.0.0/8 or fd00::5, with no bits set behind the prefix");
            }
            else
            {
                Require(path, range.PrefixLength > 0, "is everybody: whoever calls could say who they are");
            }
        }

        Require("admin.userHeader", IsHeaderName(admin.UserHeader), "expected the name of a header, as X-Forwarded-User");
        Require("admin.groupsHeader", admin.GroupsHeader is null || IsHeaderName(admin.GroupsHeader), "expected the name of a header, as X-Forwarded-Groups");
        var hasGroups = admin.OperatorGroups.Count + admin.ReaderGroups.Count > 0;
        Require("admin.groupsHeader", admin.GroupsHeader is null || hasGroups, "says nothing without operatorGroups or readerGroups; add one of them");
        Require("admin.groupsHeader", admin.GroupsHeader is not null || !hasGroups, "operatorGroups and readerGroups need it, as X-Forwarded-Groups; else every user is an operator");
    }

    private static bool IsHeaderName(string name) => name.Length > 0 && name.All(c => char.IsAsciiLetterOrDigit(c) || HeaderSymbols.Contains(c, StringComparison.Ordinal));

    private static bool IsHost(string host) =>
        Uri.CheckHostName(host) is var kind && kind is not (UriHostNameType.Unknown or UriHostNameType.Basic) && (kind is not UriHostNameType.IPv6 || host.StartsWith('['));

    private void Require(string path, bool condition, string message)
    {
        if (!condition && !errors.Has(path))
        {
            errors.Add(path, message);
        }
    }
}
