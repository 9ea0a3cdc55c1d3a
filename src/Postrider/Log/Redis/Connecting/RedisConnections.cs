using StackExchange.Redis;

namespace Postrider.Log.Redis.Connecting;

/// <summary>Makes the client library's options of our settings.</summary>
internal static class RedisConnections
{
    private static readonly TimeSpan ConnectTime = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan FirstRetry = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestRetry = TimeSpan.FromSeconds(2);

    /// <summary>For the servers. Where there are Sentinels they tell the addresses.</summary>
    public static ConfigurationOptions Create(RedisConnectionSettings settings)
    {
        var options = CreateWithoutHosts(settings);
        options.User = settings.User;
        options.Password = settings.Password;
        options.DefaultDatabase = settings.Database;
        if (settings.Sentinel is null)
        {
            AddHosts(options, settings);
        }

        return options;
    }

    /// <summary>For the Sentinels; null: there are none.</summary>
    public static ConfigurationOptions? CreateForSentinels(RedisConnectionSettings settings)
    {
        if (settings.Sentinel is null)
        {
            return null;
        }

        var options = CreateWithoutHosts(settings);
        options.ServiceName = settings.Sentinel;
        options.User = settings.SentinelUser;
        options.Password = settings.SentinelPassword;

        // Nothing is stored there: a question may wait for its connection.
        options.BacklogPolicy = BacklogPolicy.Default;
        AddHosts(options, settings);
        return options;
    }

    private static void AddHosts(ConfigurationOptions options, RedisConnectionSettings settings)
    {
        foreach (var (host, port) in settings.Hosts)
        {
            options.EndPoints.Add(host, port);
        }
    }

    private static ConfigurationOptions CreateWithoutHosts(RedisConnectionSettings settings)
    {
        var options = new ConfigurationOptions
        {
            ClientName = "postrider",
            AbortOnConnectFail = false,
            ConnectTimeout = (int)ConnectTime.TotalMilliseconds,
            AsyncTimeout = (int)ConnectTime.TotalMilliseconds,
            ConnectRetry = 1,
            ReconnectRetryPolicy = new ExponentialRetry((int)FirstRetry.TotalMilliseconds, (int)LongestRetry.TotalMilliseconds),

            // What could not be sent is told at once: the gateway answers 503, and nothing waits in a queue that a crash would lose.
            BacklogPolicy = BacklogPolicy.FailFast,

            // Keys and a channel of the library's own, outside our prefix: an ACL would have to allow them, and nothing here uses them.
            TieBreaker = "",
            ConfigurationChannel = "",

            // CONFIG GET counts as an administrator's command.
            AllowAdmin = true,
            Ssl = settings.Tls,
        };
        if (settings.Tls)
        {
            options.SslHost = settings.ServerName;
            options.SslClientAuthenticationOptions = host => RedisTls.Create(settings, host);
        }

        return options;
    }
}
