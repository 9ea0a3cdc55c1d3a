using System.Globalization;
using Microsoft.Extensions.Logging;
using Postrider.Configuration;
using Postrider.Diagnostics;
using Postrider.Log;
using Postrider.Log.Redis;
using Postrider.Log.Redis.Connecting;

namespace Postrider;

/// <summary>Opens the log on Redis as the configuration says, once Redis keeps what it asks for.</summary>
internal static class RedisLogOpening
{
    public static async Task<OpenedLog> OpenAsync(
        RedisLogConfig config, ServerRole role, TimeProvider time, PostriderMetrics metrics, ILoggerFactory loggers, CancellationToken cancellationToken)
    {
        var connection = Connect(config);
        var check = CreateCheck(config, connection, time, loggers);
        await new RedisStart(connection, check, time, loggers.CreateLogger<RedisStart>()).WaitAsync(config.StartTimeout, cancellationToken).ConfigureAwait(false);
        var log = await RedisLog.OpenAsync(
            new RedisLogOptions
            {
                Connection = RedisConnections.Create(connection),
                Sentinels = RedisConnections.CreateForSentinels(connection),
                Prefix = config.Prefix,
                Partitions = config.Partitions,
                MaxMemoryBytes = config.MaxMemory?.Bytes,
                Retain = config.Retain,
                Replicas = config.Replicas,
                OpenTimeout = config.StartTimeout,
                Sharing = new SharingOptions { Delivers = role is not ServerRole.Gateway, Lease = config.Lease },
                OnConnected = check.CheckAsync,
            },
            time,
            metrics,
            loggers,
            cancellationToken).ConfigureAwait(false);
        return new OpenedLog(log, Place(config, check.Topology), log.Time, () => check.Promise);
    }

    /// <summary>Asks Redis without opening a log.</summary>
    /// <returns>Whether it can be used, and a sentence: what a success answer means, or why not.</returns>
    public static async Task<(bool IsUsable, string Text)> CheckAsync(
        RedisLogConfig config, TimeSpan patience, TimeProvider time, ILoggerFactory loggers, CancellationToken cancellationToken)
    {
        var connection = Connect(config);
        var check = CreateCheck(config, connection, time, loggers);
        try
        {
            await new RedisStart(connection, check, time, loggers.CreateLogger<RedisStart>()).WaitAsync(patience, cancellationToken).ConfigureAwait(false);
            return (true, $"Redis at {connection.PlaceText} answers ({check.Topology}). {check.Promise}");
        }
        catch (LogUnusableException exception)
        {
            return (false, exception.Message);
        }
    }

    /// <summary>Where it stores, for people.</summary>
    public static string Place(RedisLogConfig config, string? topology = null) => string.Create(
        CultureInfo.InvariantCulture,
        $"redis {RedisAddress.Shown(config)}{(topology is null or RedisCheck.OneServer ? "" : $" ({topology})")}, database {Connect(config).Database}, prefix {config.Prefix}, {config.Partitions} partitions");

    private static RedisCheck CreateCheck(RedisLogConfig config, RedisConnectionSettings connection, TimeProvider time, ILoggerFactory loggers)
    {
        var level = config.Durability switch
        {
            RedisDurability.Fsync => DurabilityLevel.Fsync,
            RedisDurability.Memory => DurabilityLevel.Memory,
            _ => DurabilityLevel.Everysec,
        };
        return new RedisCheck(
            new DurabilityDemand(level, config.Replicas, config.DurabilityConfirmed, connection.Database, config.MaxMemory?.Bytes), new PermissionCheck(config.Prefix, connection.User), time,
            loggers.CreateLogger<RedisCheck>(), config.Sentinel is not null);
    }

    internal static RedisConnectionSettings Connect(RedisLogConfig config)
    {
        // The reader accepted it.
        if (!RedisAddress.TryParse(config, out var address))
        {
            throw new LogUnusableException("log.connection cannot be read.");
        }

        return new RedisConnectionSettings
        {
            Hosts = address.Hosts,
            Sentinel = config.Sentinel,
            SentinelUser = config.SentinelUser,
            SentinelPassword = config.SentinelPassword,
            User = config.User ?? address.User,
            Password = config.Password ?? address.Password,
            Database = address.Database ?? config.Database,
            Tls = address.Tls || config.Tls is not null,
            CaFile = config.Tls?.Ca,
            CertificateFile = config.Tls?.Certificate?.File,
            KeyFile = config.Tls?.Certificate?.KeyFile,
            ServerName = config.Tls?.ServerName,
        };
    }
}
