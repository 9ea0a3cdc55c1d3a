using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Postrider.Configuration;
using Postrider.Diagnostics;
using Postrider.Log;
using Postrider.Log.Redis;
using Postrider.Log.Redis.Connecting;

namespace Postrider;

/// <summary>A log on Redis as the command line names it: <c>redis://user:password@host:6379/0?prefix=postrider&amp;partitions=16</c>.</summary>
internal sealed class RedisCopyPlace
{
    private readonly RedisLogConfig _config;

    private RedisCopyPlace(RedisLogConfig config) => _config = config;

    /// <summary>Hosts and prefix, without credentials.</summary>
    public override string ToString() => $"redis {RedisAddress.Shown(_config)}, prefix {_config.Prefix}";

    /// <summary>Null: the text names no URL.</summary>
    /// <exception cref="LogUnusableException">A URL that is none of Redis.</exception>
    public static RedisCopyPlace? Parse(string text)
    {
        if (!text.Contains("://", StringComparison.Ordinal))
        {
            return null;
        }

        var parts = text.Split('?', 2);
        var config = new RedisLogConfig { Connection = parts[0] };
        if (!RedisAddress.TryParse(config, out _))
        {
            throw new LogUnusableException("What is copied is a folder or a URL like redis://user:password@host:6379/0?prefix=postrider.");
        }

        foreach (var pair in parts.Length == 1 ? [] : parts[1].Split('&'))
        {
            config = pair.Split('=', 2) switch
            {
                ["prefix", { Length: > 0 } prefix] => config with { Prefix = prefix },
                ["partitions", var number] when int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var partitions) && partitions is > 0 and <= 1024 =>
                    config with { Partitions = partitions },
                ["sentinel", { Length: > 0 } sentinel] => config with { Sentinel = sentinel },
                _ => throw new LogUnusableException($"'{pair}' is not understood; write prefix=NAME, partitions=N or sentinel=NAME behind the question mark."),
            };
        }

        return new RedisCopyPlace(config);
    }

    /// <summary>Opens it; what is settled stays while it is open.</summary>
    /// <exception cref="LogUnusableException">It cannot be opened, or holds no log where one must be.</exception>
    public async Task<IEventLog> OpenAsync(bool isThere, TimeSpan retain, PostriderMetrics metrics, CancellationToken cancellationToken)
    {
        var settings = RedisLogOpening.Connect(_config);
        var (servers, sentinels) = (RedisConnections.Create(settings), RedisConnections.CreateForSentinels(settings));

        // A log that is there says how many it has.
        var found = await LogMeta.FindPartitionsAsync(servers, sentinels, _config.Prefix).ConfigureAwait(false);
        if (found is null && isThere)
        {
            throw new LogUnusableException($"There is no log in {this}.");
        }

        return await RedisLog.OpenAsync(
            new RedisLogOptions
            {
                Connection = servers,
                Sentinels = sentinels,
                Prefix = _config.Prefix,
                Partitions = found ?? _config.Partitions,
                Retain = retain,
                OpenTimeout = TimeSpan.FromSeconds(10),
            },
            TimeProvider.System,
            metrics,
            NullLoggerFactory.Instance,
            cancellationToken).ConfigureAwait(false);
    }
}
