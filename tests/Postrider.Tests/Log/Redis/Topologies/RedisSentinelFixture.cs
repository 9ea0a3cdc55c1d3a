using Microsoft.Extensions.Logging.Abstractions;
using Postrider.Diagnostics;
using Postrider.Log.Redis;
using Postrider.Log.Redis.Connecting;
using StackExchange.Redis;

namespace Postrider.Tests.Log.Redis.Topologies;

/// <summary>A Redis with Sentinels for all tests of a class, and logs on it as the user that the documentation describes.</summary>
public sealed class RedisSentinelFixture : IAsyncLifetime
{
    private readonly TestMeters _meters = new();
    private ConnectionMultiplexer? _connection;

    internal RedisSentinelProcess Redis { get; } = new(TestUser.Options);

    /// <summary>A connection of the tests' own, to all servers.</summary>
    internal IDatabase Database => _connection!.GetDatabase();

    public async ValueTask InitializeAsync()
    {
        await Redis.StartAsync();
        var options = new ConfigurationOptions { AbortOnConnectFail = false, AllowAdmin = true, TieBreaker = "" };
        foreach (var node in Redis.Nodes)
        {
            options.EndPoints.Add(node.Address);
        }

        _connection = await ConnectionMultiplexer.ConnectAsync(options);
    }

    internal RedisLogOptions Options(int partitions = 1, int replicas = 0)
    {
        var settings = new RedisConnectionSettings
        {
            Hosts = [.. Redis.Sentinels.Select(sentinel => ("127.0.0.1", sentinel.Port))],
            Sentinel = RedisSentinelProcess.Name,
            SentinelUser = RedisSentinelProcess.User,
            SentinelPassword = RedisSentinelProcess.Password,
            User = TestUser.Name,
            Password = TestUser.Password,
        };
        return new RedisLogOptions
        {
            Connection = RedisConnections.Create(settings),
            Sentinels = RedisConnections.CreateForSentinels(settings),
            Prefix = TestUser.NewPrefix(),
            Partitions = partitions,
            Replicas = replicas,
            MaxMemoryBytes = 1L << 40,
        };
    }

    internal Task<RedisLog> OpenAsync(RedisLogOptions options) =>
        RedisLog.OpenAsync(options, TimeProvider.System, new PostriderMetrics(_meters), NullLoggerFactory.Instance, TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        if (_connection is not null)
        {
            await _connection.DisposeAsync();
        }

        await Redis.DisposeAsync();
        _meters.Dispose();
    }
}
