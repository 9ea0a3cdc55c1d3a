using StackExchange.Redis;

namespace Postrider.Log.Redis.Connecting;

/// <summary>Makes the client library's options of our settings.</summary>
internal static class RedisConnections
{
    private static readonly TimeSpan ConnectTime = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan FirstRetry = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestRetry = TimeSpan.FromSeconds(2);

    public static ConfigurationOptions Create(RedisConnectionSettings settings)
    {
        var options = new ConfigurationOptions
        {
            ClientName = "postrider",
            User = settings.User,
            Password = settings.Password,
            DefaultDatabase = settings.Database,
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
        foreach (var (host, port) in settings.Hosts)
        {
            options.EndPoints.Add(host, port);
        }

        if (settings.Tls)
        {
            options.SslHost = settings.ServerName;
            options.SslClientAuthenticationOptions = host => RedisTls.Create(settings, host);
        }

        return options;
    }
}
