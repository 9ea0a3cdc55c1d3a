using Microsoft.Extensions.Logging.Abstractions;
using Postrider.Diagnostics;
using Postrider.Log.Redis;
using Postrider.Log.Redis.Connecting;
using StackExchange.Redis;

namespace Postrider.Tests.Log.Redis.Topologies;

/// <summary>A Redis Cluster for all tests of a class, and logs on it as the user that the documentation describes.</summary>
public sealed class RedisClusterFixture : IAsyncLifetime
{
    private readonly TestMeters _meters = new();
    private ConnectionMultiplexer? _connection;

    internal RedisClusterProcess Cluster { get; } = new(TestUser.Options);

    /// <summary>A connection of the tests' own.</summary>
    internal IDatabase Database => _connection!.GetDatabase();

    public async ValueTask InitializeAsync()
    {
        await Cluster.StartAsync();
        var options = new ConfigurationOptions { AbortOnConnectFail = false, AllowAdmin = true };
        foreach (var node in Cluster.Nodes)
        {
            options.EndPoints.Add(node.Address);
        }

        _connection = await ConnectionMultiplexer.ConnectAsync(options);
    }

    internal RedisLogOptions Options(int partitions = 1, int replicas = 0)
    {
        // One node suffices: it knows the others.
        var connection = RedisConnections.Create(new RedisConnectionSettings { Hosts = [("127.0.0.1", Cluster.Nodes[1].Port)], User = TestUser.Name, Password = TestUser.Password });
        return new RedisLogOptions { Connection = connection, Prefix = TestUser.NewPrefix(), Partitions = partitions, Replicas = replicas, MaxMemoryBytes = 1L << 40 };
    }

    internal Task<RedisLog> OpenAsync(RedisLogOptions options) =>
        RedisLog.OpenAsync(options, TimeProvider.System, new PostriderMetrics(_meters), NullLoggerFactory.Instance, TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        if (_connection is not null)
        {
            await _connection.DisposeAsync();
        }

        await Cluster.DisposeAsync();
        _meters.Dispose();
    }
}
