using Postrider.Configuration;

namespace Postrider.Destinations.Webhook;

/// <summary>What binding cannot check. No message repeats a secret, a header's value or the URL.</summary>
internal static class WebhookSettingsRules
{
    // Each secret costs an HMAC and 48 bytes of header in every delivery; a rotation needs two.
    public const int MaxSecrets = 8;

    public static void Check(WebhookSettings settings, ISettingsErrors errors)
    {
        if (UrlMistake(settings.Url) is { } mistake)
        {
            errors.Add("url", mistake);
        }

        CheckSecrets(settings, errors);
        CheckHeaders(settings.Headers, errors);
        for (var i = 0; i < settings.AllowNetworks.Count; i++)
        {
            if (!NetworkPrefix.TryParse(settings.AllowNetworks[i], out _, out var wrong))
            {
                errors.Add($"allowNetworks[{i}]", wrong);
            }
        }
    }

    private static string? UrlMistake(string? text)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out var url) || (url.Scheme != Uri.UriSchemeHttp && url.Scheme != Uri.UriSchemeHttps) || url.Host.Length == 0)
        {
            return "must be an http or https URL, as https://crm.example.com/events";
        }

        if (url.UserInfo.Length > 0)
        {
            return "must not hold a user name or password; write an Authorization header under headers";
        }

        return url.OriginalString.Contains('#', StringComparison.Ordinal) ? "must not have a fragment (#…): it is never sent" : null;
    }

    private static void CheckSecrets(WebhookSettings settings, ISettingsErrors errors)
    {
        if (settings.Secret is { } secret && !WebhookSecret.TryParse(secret, out _, out var mistake))
        {
            errors.Add("secret", mistake);
        }

        for (var i = 0; i < settings.Secrets.Count; i++)
        {
            if (!WebhookSecret.TryParse(settings.Secrets[i] ?? "", out _, out var wrong))
            {
                errors.Add($"secrets[{i}]", wrong);
            }
        }

        if (settings.AllSecrets.Count() > MaxSecrets)
        {
            errors.Add("secrets", $"must be at most {MaxSecrets}: every delivery is signed with each");
        }
    }

    private static void CheckHeaders(IReadOnlyDictionary<string, string> headers, ISettingsErrors errors)
    {
        var seen = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, value) in headers)
        {
            if (WebhookHeaderRules.Mistake(name, value) is { } mistake)
            {
                errors.Add($"headers.{name}", mistake);
            }
            else if (!seen.Add(name))
            {
                errors.Add($"headers.{name}", "is given twice: header names do not tell capitals from small letters");
            }
        }
    }
}
