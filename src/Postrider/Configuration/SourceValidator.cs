namespace Postrider.Configuration;

/// <summary>Checks <c>sources</c>: each can be reached, and no request could mean two of them. Messages never show a key.</summary>
internal sealed class SourceValidator(ConfigErrors errors)
{
    private readonly Dictionary<string, string> _ownerByKey = new(StringComparer.Ordinal);

    public void Validate(IReadOnlyDictionary<string, SourceConfig> sources)
    {
        string? first = null;
        foreach (var (name, source) in sources)
        {
            var path = $"sources.{name}";
            ValidateKeys(path, name, source);
            ValidateRules(path, source);
            ValidateOrigins(path, source.AllowedOrigins);
            if (source.Webhook is { } webhook)
            {
                new WebhookSourceValidator(errors).Validate($"{path}.webhook", webhook, source);
            }

            if (source.Default && first is not null)
            {
                errors.Add($"{path}.default", $"'{first}' is the default already; at most one source may be");
            }

            first ??= source.Default ? name : null;
        }
    }

    private void ValidateKeys(string path, string name, SourceConfig source)
    {
        var keyIsWrong = errors.Has($"{path}.writeKey") || errors.Has($"{path}.writeKeys") || errors.Has($"{path}.default");
        var isOpen = source.Webhook is { } webhook && (webhook.Signature is not null || webhook.Auth is WebhookSourceAuth.None || errors.Has($"{path}.webhook.signature"));
        if (!source.Default && source.WriteKey is null && source.WriteKeys.Count == 0 && !keyIsWrong && !isOpen)
        {
            errors.Add(path, "no request can reach it; give it a writeKey, or default: true");
        }

        if (source.WriteKey is not null)
        {
            ValidateKey($"{path}.writeKey", name, source.WriteKey);
        }

        for (var i = 0; i < source.WriteKeys.Count; i++)
        {
            ValidateKey($"{path}.writeKeys[{i}]", name, source.WriteKeys[i]);
        }
    }

    private void ValidateRules(string path, SourceConfig source)
    {
        Require($"{path}.key", source.Key == SourceConfig.NoKey || source.Key.Split(',').All(field => IsField(field.Trim())),
            "expected fields such as userId, anonymousId or account.id, or none");
        for (var i = 0; i < source.Required.Count; i++)
        {
            Require($"{path}.required[{i}]", IsField(source.Required[i]), "expected a field such as event or properties.total");
        }

        Require($"{path}.maxEventSize", source.MaxEventSize is not { } size || size.Bytes >= 256, "must be at least 256B");
        Require($"{path}.deduplicate.window", source.Deduplicate is not { } repeats || repeats.Window <= TimeSpan.FromDays(30), "must be at most 30d");
        Require($"{path}.maxClockSkew", source.MaxClockSkew <= TimeSpan.FromDays(365), "must be at most 365d");
    }

    private void ValidateOrigins(string path, IReadOnlyList<string> origins)
    {
        for (var i = 0; i < origins.Count; i++)
        {
            // As a browser sends it: RFC 6454 has scheme, host in lower case, and the port where it is not the scheme's own.
            var isOrigin = Uri.TryCreate(origins[i], UriKind.Absolute, out var uri) && uri.GetLeftPart(UriPartial.Authority) == origins[i] && uri.UserInfo.Length == 0;
            Require($"{path}.allowedOrigins[{i}]", origins[i] == "*" || isOrigin, "expected an origin such as https://www.example.com, in lower case and without a path, or \"*\"");
        }
    }

    private void Require(string path, bool condition, string message)
    {
        if (!condition && !errors.Has(path))
        {
            errors.Add(path, message);
        }
    }

    /// <summary>Names of members with dots between, each without spaces around it.</summary>
    internal static bool IsField(string field) => field.Length is > 0 and <= 256 && field.Split('.').All(name => name.Length > 0 && name == name.Trim());

    private void ValidateKey(string path, string name, string key)
    {
        if (key.Length == 0)
        {
            errors.Add(path, "a write key must not be empty");
        }
        else if (key.Contains(':', StringComparison.Ordinal) || key.Any(char.IsControl))
        {
            errors.Add(path, "a write key must not contain ':' or control characters, because it travels as the user name of Basic authentication");
        }
        else if (!_ownerByKey.TryAdd(key, name))
        {
            errors.Add(path, $"the write key is given twice; '{_ownerByKey[key]}' has it already");
        }
    }
}
