using Postrider.Configuration;
using Postrider.Operations.Access;

namespace Postrider.Operations;

/// <summary>Shows the configuration and reads it again.</summary>
internal sealed class ConfigControls(IConfigStore config, IConfigSource source, IConfigReload reload, Authentication authentication, Sessions sessions, AuditLog audit)
{
    // Sockets, files and memory that are taken once.
    private static readonly string[] AtStart = ["gateway.listen", "gateway.certificate", "admin.listen", "admin.history", "log", "delivery.maxInMemory", "telemetry"];

    public async Task<ConfigReport> GetAsync(CancellationToken cancellationToken)
    {
        var inForce = ConfigYaml.Write(config.Current);
        var (pending, errors) = await Task.Run(ReadPending, cancellationToken).ConfigureAwait(false);
        return new ConfigReport
        {
            File = source.File,
            Text = string.Join('\n', inForce.Select(line => line.Text)) + "\n",
            LoadedAt = source.LoadedAt,
            Pending = pending is null ? [] : ConfigDifference.Find(inForce, ConfigYaml.Write(pending), WaitsForStart),
            PendingErrors = errors,
        };
    }

    public async Task<IReadOnlyList<string>> ReloadAsync(Operator by, CancellationToken cancellationToken)
    {
        var errors = await audit.RecordAsync(
            by,
            "reload",
            null,
            () => reload.ReloadAsync(cancellationToken),
            errors => errors.Count == 0 ? "in force" : $"refused, nothing changed: {Counted.Of(errors.Count, "mistake")}").ConfigureAwait(false);

        // Whoever logged in with a token that is none any more is out, with what they have open.
        sessions.EndStale(authentication.Settings.Tokens);
        return errors;
    }

    private static bool WaitsForStart(string path) => Array.Exists(
        AtStart, member => path.StartsWith(member, StringComparison.Ordinal) && (path.Length == member.Length || path[member.Length] is '.' or '['));

    private (PostriderConfig? Config, IReadOnlyList<string> Errors) ReadPending()
    {
        try
        {
            return (source.Read(), []);
        }
        catch (InvalidConfigException exception)
        {
            return (null, [.. exception.Errors.Select(error => error.ToString())]);
        }
    }
}
