using Postrider.Configuration;
using Postrider.Diagnostics;

namespace Postrider;

/// <summary>Examines secrets: whether they can be guessed, and who can read the file that holds them.</summary>
internal static class DoctorSecrets
{
    private const int ShortToken = 16;
    private const int ShortKey = 8;

    private static readonly string[] Known = ["changeme", "secret", "password", "token", "postrider", "admin", "test", "example"];

    public static IEnumerable<Finding> Examine(PostriderConfig config, string path)
    {
        foreach (var weak in config.Admin.AllTokens.Concat(config.Admin.AllReadTokens).Select(FindWeakness).OfType<Finding>().Distinct())
        {
            yield return weak;
        }

        foreach (var (name, source) in config.Sources.OrderBy(source => source.Key, StringComparer.Ordinal))
        {
            if (source.WriteKeys.Append(source.WriteKey ?? "").Any(key => key.Length is > 0 and < ShortKey))
            {
                yield return Finding.Warning(
                    DoctorAreas.Secrets, $"sources.{name}", $"a write key of fewer than {ShortKey} characters can be guessed", "Make a longer one: openssl rand -hex 16");
            }
        }

        yield return ExamineFile(config, path);
    }

    private static Finding? FindWeakness(string token)
    {
        const string subject = "admin's tokens";
        const string cure = "Make one: openssl rand -hex 32";
        return Known.Contains(token, StringComparer.OrdinalIgnoreCase)
                ? Finding.Error(DoctorAreas.Secrets, subject, "one is a word that anyone tries first", cure)
            : token.Length < ShortToken
                ? Finding.Warning(DoctorAreas.Secrets, subject, $"one has fewer than {ShortToken} characters", cure)
            : null;
    }

    private static Finding ExamineFile(PostriderConfig config, string path)
    {
        if (OperatingSystem.IsWindows())
        {
            return Finding.Ok(DoctorAreas.Secrets, path, "who may read the file is not examined on Windows");
        }

        var mode = File.GetUnixFileMode(path);
        var text = File.ReadAllText(path);
        var cure = $"chmod 600 {path}";
        if (mode.HasFlag(UnixFileMode.OtherWrite))
        {
            return Finding.Error(DoctorAreas.Secrets, path, "everyone on this machine may change the file", cure);
        }

        // What comes from the environment or from files stands elsewhere.
        var isSecret = ConfigYaml.Write(config).Any(line => line.Secret is { Length: > 0 } secret && text.Contains(secret, StringComparison.Ordinal));
        return isSecret && mode.HasFlag(UnixFileMode.OtherRead)
            ? Finding.Warning(DoctorAreas.Secrets, path, "the file holds secrets, and everyone on this machine may read it", $"{cure}, or take them from elsewhere: ${{NAME}}, ${{file:PATH}}")
            : Finding.Ok(DoctorAreas.Secrets, path, isSecret ? "the file holds secrets, and only its owner and group may read it" : "the file holds no secrets in clear");
    }
}
