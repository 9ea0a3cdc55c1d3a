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
        if (!source.Default && source.WriteKey is null && source.WriteKeys.Count == 0 && !keyIsWrong)
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
