using System.Globalization;
using StackExchange.Redis;

namespace Postrider.Log.Redis.Connecting;

/// <summary>What a server says of itself; null where it does not say.</summary>
internal sealed record ServerFacts
{
    private static readonly string[] Settings =
        ["appendonly", "appendfsync", "no-appendfsync-on-rewrite", "maxmemory-policy", "maxmemory", "min-replicas-to-write"];

    public Version? Version { get; init; }

    /// <summary><c>standalone</c>, <c>cluster</c> or <c>sentinel</c>.</summary>
    public string? Mode { get; init; }

    public bool IsReplica { get; init; }

    /// <summary>It reads its files after a start and refuses commands until it has.</summary>
    public bool IsLoading { get; init; }

    /// <summary>When it will have loaded, by its own estimate.</summary>
    public TimeSpan? LoadingTime { get; init; }

    public bool? AppendOnly { get; init; }

    /// <summary><c>always</c>, <c>everysec</c> or <c>no</c>.</summary>
    public string? AppendFsync { get; init; }

    public bool? NoFsyncOnRewrite { get; init; }

    /// <summary>Bytes; 0: no limit.</summary>
    public long? MaxMemory { get; init; }

    public string? MaxMemoryPolicy { get; init; }

    /// <summary>Bytes of its machine, or of its container.</summary>
    public long? TotalMemory { get; init; }

    public int? ConnectedReplicas { get; init; }

    public int? MinReplicasToWrite { get; init; }

    /// <summary>Asks a server: INFO, and CONFIG where it is allowed.</summary>
    public static async Task<ServerFacts> ReadAsync(IServer server)
    {
        // Not in one call: INFO with several sections came with Redis 7.
        var info = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var section in (string[])["server", "persistence", "memory", "replication"])
        {
            ReadInfo((string?)await server.ExecuteAsync("INFO", section).ConfigureAwait(false), info);
        }

        var config = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var setting in Settings)
        {
            await ReadSettingAsync(server, setting, config).ConfigureAwait(false);
        }

        return From(info, config);
    }

    /// <summary>Reads what INFO and CONFIG GET said.</summary>
    public static ServerFacts From(IReadOnlyDictionary<string, string> info, IReadOnlyDictionary<string, string> config) => new()
    {
        Version = System.Version.TryParse(info.GetValueOrDefault("redis_version"), out var version) ? version : null,
        Mode = info.GetValueOrDefault("redis_mode"),
        IsReplica = info.GetValueOrDefault("role") == "slave",
        IsLoading = info.GetValueOrDefault("loading") == "1",
        LoadingTime = Number(info, "loading_eta_seconds") is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
        AppendOnly = config.TryGetValue("appendonly", out var appendOnly) ? appendOnly == "yes"
            : info.TryGetValue("aof_enabled", out var enabled) ? enabled == "1" : null,
        AppendFsync = config.GetValueOrDefault("appendfsync"),
        NoFsyncOnRewrite = config.TryGetValue("no-appendfsync-on-rewrite", out var skips) ? skips == "yes" : null,
        MaxMemory = Number(config, "maxmemory") ?? Number(info, "maxmemory"),
        MaxMemoryPolicy = config.GetValueOrDefault("maxmemory-policy") ?? info.GetValueOrDefault("maxmemory_policy"),
        TotalMemory = Number(info, "total_system_memory"),
        ConnectedReplicas = (int?)Number(info, "connected_slaves"),
        MinReplicasToWrite = (int?)Number(config, "min-replicas-to-write"),
    };

    private static async Task ReadSettingAsync(IServer server, string setting, Dictionary<string, string> config)
    {
        try
        {
            var answer = await server.ExecuteAsync("CONFIG", "GET", setting).ConfigureAwait(false);
            if (answer.Length >= 2 && (string?)answer[1] is { } value)
            {
                config[setting] = value;
            }
        }
        catch (RedisServerException e) when (e.Message.StartsWith("ERR", StringComparison.Ordinal) || e.Message.StartsWith("NOPERM", StringComparison.Ordinal))
        {
            // Anything else, as LOADING, passes, and is no answer to what was asked. Managed flavours have no CONFIG, and an ACL may leave it out: then INFO must do.
        }
    }

    private static void ReadInfo(string? text, Dictionary<string, string> info)
    {
        foreach (var line in (text ?? "").Split('\n', StringSplitOptions.TrimEntries))
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon > 0 && line[0] != '#')
            {
                info[line[..colon]] = line[(colon + 1)..];
            }
        }
    }

    private static long? Number(IReadOnlyDictionary<string, string> values, string name) =>
        long.TryParse(values.GetValueOrDefault(name), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
