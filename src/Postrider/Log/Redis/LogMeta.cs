using System.Security.Cryptography;
using StackExchange.Redis;

namespace Postrider.Log.Redis;

/// <summary>The log's own meta, <c>{prefix}:meta</c>: log id, number of partitions, version of the key hash.</summary>
internal static class LogMeta
{
    // Partition of a key: the high half of hash × partitions. A stored format.
    private const int HashVersion = 1;

    // Of all keys' contents: it grows when an older Postrider would misread what a newer one writes. What it can pass over needs no other version.
    private const int FormatVersion = 1;
    private const int LogIdLength = 16;
    private const string LogIdAlphabet = "0123456789abcdefghijklmnopqrstuvwxyz";

    public static int PartitionOf(ulong keyHash, int partitions) => (int)Math.BigMul(keyHash, (ulong)partitions, out _);

    /// <summary>How many partitions the log under a prefix has; null: there is none. Changes nothing.</summary>
    /// <exception cref="LogUnusableException">Redis cannot be asked.</exception>
    public static async Task<int?> FindPartitionsAsync(ConfigurationOptions options, ConfigurationOptions? sentinels, string prefix)
    {
        var once = options.Clone();
        once.AbortOnConnectFail = true;
        try
        {
            var link = await RedisLink.ConnectAsync(once, sentinels).ConfigureAwait(false);
            await using var _ = link.ConfigureAwait(false);
            var found = await link.Servers.GetDatabase().HashGetAsync(prefix + ":meta", "partitions").ConfigureAwait(false);
            // The client takes null for 0.
            return found.IsNull ? null : (int)found;
        }
        catch (Exception e) when (RedisErrors.IsStorage(e))
        {
            throw new LogUnusableException($"The log in Redis cannot be opened. {RedisErrors.Describe(e)}", e);
        }
    }

    /// <summary>Reads it, and makes it where it is not there.</summary>
    /// <param name="connection">Where.</param>
    /// <param name="options">What it must agree with.</param>
    /// <param name="logId">The id of a log that must be made; null: a new one.</param>
    /// <returns>The log's id.</returns>
    /// <exception cref="LogUnusableException">It does not agree.</exception>
    public static async Task<string> OpenAsync(RedisConnection connection, RedisLogOptions options, string? logId)
    {
        RedisKey key = options.Prefix + ":meta";
        var id = logId ?? RandomNumberGenerator.GetString(LogIdAlphabet, LogIdLength);
        var stored = (RedisResult[])(await connection.RunAsync(RedisScripts.Log, [key], [id, options.Partitions, HashVersion, FormatVersion]).ConfigureAwait(false))!;
        var found = (string?)stored[0];
        if (found is null || !int.TryParse((string?)stored[1], out var partitions) || !int.TryParse((string?)stored[2], out var hash))
        {
            throw new LogUnusableException($"The key {key} is not a log's. Choose another prefix, or remove that key.");
        }

        if (hash != HashVersion)
        {
            throw new LogUnusableException($"The log {found} was made with version {hash} of the key hash; this Postrider has version {HashVersion}. Run the newer Postrider.");
        }

        if (int.TryParse((string?)stored[3], out var format) && format > FormatVersion)
        {
            throw new LogUnusableException($"The log {found} was written by a newer Postrider (format {format}; this one knows {FormatVersion}). Run the newer version.");
        }

        if (partitions != options.Partitions)
        {
            throw new LogUnusableException(
                $"The log {found} has {partitions} partitions, and the configuration says {options.Partitions}. The number cannot change, because it decides where a key's events stand: "
                + $"write `partitions: {partitions}`, or choose another prefix for a new log.") { IsConfiguration = true };
        }

        return logId is null || found == logId ? found
            : throw new LogUnusableException($"The key {key} now belongs to the log {found}, not to {logId}: someone emptied Redis and began another log there. Restart Postrider to go on with that one.");
    }
}
