using Postrider.Configuration;
using Postrider.Destinations.Http;

namespace Postrider.Destinations.Webhook;

/// <summary>What binding cannot check. No message repeats a secret, a header's value or the URL.</summary>
internal static class WebhookSettingsRules
{
    // Each secret costs an HMAC and 48 bytes of header in every delivery; a rotation needs two.
    public const int MaxSecrets = 8;

    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(1);

    public static void Check(WebhookSettings settings, ISettingsErrors errors)
    {
        CheckUrl(settings.Url, errors);
        if (settings.Method is not ("POST" or "PUT" or "PATCH" or "DELETE"))
        {
            errors.Add("method", "must be POST, PUT, PATCH or DELETE");
        }

        CheckSecrets(settings, errors);
        CheckHeaders(settings, errors);
        HttpSettingsRules.CheckAuth(settings.Auth, errors);
        HttpSettingsRules.CheckFiles(settings.ClientCertificate, settings.Ca, errors);
        HttpSettingsRules.CheckProxy(settings.Proxy, errors);
        CheckBatch(settings, errors);
        for (var i = 0; i < settings.AllowNetworks.Count; i++)
        {
            if (!NetworkPrefix.TryParse(settings.AllowNetworks[i], out _, out var wrong))
            {
                errors.Add($"allowNetworks[{i}]", wrong);
            }
        }
    }

    private static void CheckUrl(string url, ISettingsErrors errors)
    {
        if (HttpSettingsRules.UrlMistake(url) is { } mistake)
        {
            errors.Add("url", mistake);
        }
        else if (UrlTemplate.IsOne(url) && !UrlTemplate.TryParse(url, out _, out var wrong))
        {
            errors.Add("url", wrong);
        }
    }

    private static void CheckBatch(WebhookSettings settings, ISettingsErrors errors)
    {
        if (settings.Batch is not { } batch)
        {
            return;
        }

        if (batch.MaxWait > LongestWait)
        {
            errors.Add("batch.maxWait", "must be at most 1m");
        }

        if (batch.MaxBytes.Bytes is < 1 << 10 or > 64 << 20)
        {
            errors.Add("batch.maxBytes", "must be between 1KiB and 64MiB");
        }

        if (settings.Url is not null && UrlTemplate.IsOne(settings.Url))
        {
            errors.Add("batch", "cannot stand beside fields in url: a batch goes to one URL");
        }

        if (settings.EventHeaders.Count > 0)
        {
            errors.Add("batch", "cannot stand beside eventHeaders: a batch has one set of headers");
        }
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

    private static void CheckHeaders(WebhookSettings settings, ISettingsErrors errors)
    {
        var seen = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, value) in settings.Headers)
        {
            CheckHeader("headers", name, HeaderRules.Mistake(name, value), seen, errors);
        }

        foreach (var (name, value) in settings.EventHeaders)
        {
            CheckHeader("eventHeaders", name, HeaderRules.TemplateMistake(name, value) ?? TemplateMistake(value), seen, errors);
        }

        if (settings.Auth is { } auth && seen.Contains(auth.ApiKey is null ? "Authorization" : auth.ApiKey.Header ?? ""))
        {
            errors.Add("auth", "sets a header that headers or eventHeaders set too; leave it in one of them");
        }
    }

    private static void CheckHeader(string member, string name, string? mistake, HashSet<string> seen, ISettingsErrors errors)
    {
        if (mistake is not null)
        {
            errors.Add($"{member}.{name}", mistake);
        }
        else if (!seen.Add(name))
        {
            errors.Add($"{member}.{name}", "is given twice: header names do not tell capitals from small letters");
        }
    }

    private static string? TemplateMistake(string text) =>
        !EventTemplate.TryParse(text, out var template, out var mistake) ? mistake
        : template.HasFields ? null
        : "has no field in braces, as {userId}; write it under headers";
}
