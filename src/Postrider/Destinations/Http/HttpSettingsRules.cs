using Postrider.Configuration;

namespace Postrider.Destinations.Http;

/// <summary>What binding cannot check of the settings that HTTP destinations share. No message repeats a secret.</summary>
internal static class HttpSettingsRules
{
    public static string? UrlMistake(string? text)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out var url) || (url.Scheme != Uri.UriSchemeHttp && url.Scheme != Uri.UriSchemeHttps) || url.Host.Length == 0)
        {
            return "must be an http or https URL, as https://crm.example.com/events";
        }

        if (url.UserInfo.Length > 0)
        {
            return "must not hold a user name or password; write auth: { basic: { user: …, password: … } }";
        }

        return url.OriginalString.Contains('#', StringComparison.Ordinal) ? "must not have a fragment (#…): it is never sent" : null;
    }

    /// <summary>Checks <c>auth</c>. A required member that is missing is null here, and reported already.</summary>
    public static void CheckAuth(AuthSettings? auth, ISettingsErrors errors)
    {
        if (auth is null)
        {
            return;
        }

        object?[] kinds = [auth.Bearer, auth.Basic, auth.ApiKey, auth.Oauth2];
        if (kinds.Count(kind => kind is not null) != 1)
        {
            errors.Add("auth", "must have exactly one of bearer, basic, apiKey, oauth2");
        }

        if (auth.Bearer is { } bearer && !IsToken(bearer))
        {
            errors.Add("auth.bearer", "must be printable ASCII without spaces, and without the word Bearer");
        }

        if (auth.Basic is { User: not null } basic)
        {
            Require(!basic.User.Contains(':', StringComparison.Ordinal), errors, "auth.basic.user", "must not have a colon: it ends the user name");
        }

        if (auth.ApiKey is { Value: not null } key)
        {
            CheckApiKey(key, errors);
        }

        if (auth.Oauth2 is { } oauth2)
        {
            CheckOAuth2(oauth2, errors);
        }
    }

    public static void CheckProxy(ProxySettings? proxy, ISettingsErrors errors)
    {
        if (proxy?.Url is null)
        {
            return;
        }

        var isGood = Uri.TryCreate(proxy.Url, UriKind.Absolute, out var url) && url.Scheme == Uri.UriSchemeHttp && url.Host.Length > 0
            && url.UserInfo.Length == 0 && url.PathAndQuery is "/" && url.Fragment.Length == 0;
        Require(isGood, errors, "proxy.url", "must be an http URL of host and port only, as http://proxy.internal:3128; credentials go to proxy.user and proxy.password");
        Require(proxy.Password is null || proxy.User is not null, errors, "proxy.user", "is missing beside proxy.password");
        Require(proxy.User?.Contains(':', StringComparison.Ordinal) != true, errors, "proxy.user", "must not have a colon: it ends the user name");
    }

    /// <summary>Checks the certificate files by reading them: a wrong one shows at the start, not in the first handshake.</summary>
    public static void CheckFiles(ClientCertificateSettings? certificate, string? ca, ISettingsErrors errors)
    {
        if (certificate?.File is not null)
        {
            Require(certificate.KeyFile is null || !TlsFiles.IsPkcs12(certificate.File), errors, "clientCertificate.keyFile", "has no use beside a .pfx or .p12 file, which holds the key");
            if (IsAbsolute(certificate.File, errors, "clientCertificate.file") && IsAbsolute(certificate.KeyFile, errors, "clientCertificate.keyFile"))
            {
                TryRead(() => TlsFiles.LoadCertificate(certificate), errors, "clientCertificate.file");
            }
        }

        if (ca is not null && IsAbsolute(ca, errors, "ca"))
        {
            TryRead(() => TlsFiles.LoadTrust(ca), errors, "ca");
        }
    }

    private static void CheckApiKey(ApiKeySettings key, ISettingsErrors errors)
    {
        Require(key.Header is null != key.Query is null, errors, "auth.apiKey", "must have one of header and query");
        Require(key.Value.Length > 0, errors, "auth.apiKey.value", "must not be empty");
        if (key.Header is { } header && HeaderRules.Mistake(header, key.Value) is { } mistake)
        {
            errors.Add("auth.apiKey.header", mistake);
        }

        Require(key.Query is not "", errors, "auth.apiKey.query", "must not be empty");
    }

    private static void CheckOAuth2(OAuth2Settings oauth2, ISettingsErrors errors)
    {
        if (oauth2.TokenUrl is not null && UrlMistake(oauth2.TokenUrl) is { } mistake)
        {
            errors.Add("auth.oauth2.tokenUrl", mistake);
        }

        Require(oauth2.ClientId is not "", errors, "auth.oauth2.clientId", "must not be empty");
        Require(oauth2.ClientSecret is not "", errors, "auth.oauth2.clientSecret", "must not be empty");
        for (var i = 0; i < oauth2.Scopes.Count; i++)
        {
            Require(IsToken(oauth2.Scopes[i]), errors, $"auth.oauth2.scopes[{i}]", "must be one scope: printable ASCII without spaces");
        }
    }

    private static bool IsAbsolute(string? path, ISettingsErrors errors, string member)
    {
        var isAbsolute = path is null || Path.IsPathFullyQualified(path);
        Require(isAbsolute, errors, member, "must be an absolute path, as /etc/postrider/client.pem");
        return isAbsolute;
    }

    private static void TryRead(Func<object> read, ISettingsErrors errors, string member)
    {
        try
        {
            read();
        }
        catch (Exception e) when (TlsFiles.IsUnusable(e))
        {
            errors.Add(member, $"cannot be used: {e.Message}");
        }
    }

    private static bool IsToken(string text) => text.Length > 0 && text.All(c => c is > ' ' and <= '~');

    private static void Require(bool condition, ISettingsErrors errors, string member, string message)
    {
        if (!condition)
        {
            errors.Add(member, message);
        }
    }
}
