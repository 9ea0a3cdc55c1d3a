using StackExchange.Redis;

namespace Postrider.Log.Redis;

/// <summary>The client's connections: to the servers, and where Sentinels tell which server is the master, to them.</summary>
internal sealed class RedisLink : IAsyncDisposable
{
    private readonly ConnectionMultiplexer? _sentinels;

    private RedisLink(ConnectionMultiplexer servers, ConnectionMultiplexer? sentinels) => (Servers, _sentinels) = (servers, sentinels);

    public ConnectionMultiplexer Servers { get; }

    /// <summary>Connects.</summary>
    /// <param name="servers">How the servers are reached; where there are Sentinels, they tell the addresses.</param>
    /// <param name="sentinels">How the Sentinels are reached, and of which name they are asked; null: there are none.</param>
    /// <exception cref="RedisException">It cannot; one of <see cref="SentinelException"/> says what Sentinels answered.</exception>
    public static async Task<RedisLink> ConnectAsync(ConfigurationOptions servers, ConfigurationOptions? sentinels)
    {
        if (sentinels is null)
        {
            return new RedisLink(await ConnectionMultiplexer.ConnectAsync(servers).ConfigureAwait(false), null);
        }

        // One that cannot be reached now is tried again by the client; one must be, because without an answer there is nowhere to connect to.
        var asking = sentinels.Clone();
        asking.AbortOnConnectFail = true;
        var connection = await ConnectionMultiplexer.SentinelConnectAsync(asking).ConfigureAwait(false);
        try
        {
            var name = sentinels.ServiceName ?? "";
            await FindMasterAsync(connection, name).ConfigureAwait(false);
            var own = servers.Clone();
            own.ServiceName = name;

            // It follows the master from here on: hears of a failover from the Sentinels, and asks them when it loses the master. This blocks.
            return new RedisLink(await Task.Run(() => connection.GetSentinelMasterConnection(own)).ConfigureAwait(false), connection);
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        // First the one that would bring the other back.
        if (_sentinels is not null)
        {
            await _sentinels.DisposeAsync().ConfigureAwait(false);
        }

        await Servers.DisposeAsync().ConfigureAwait(false);
    }

    // Asked here as well, because the client says of all that can be wrong only that it could not connect.
    private static async Task FindMasterAsync(ConnectionMultiplexer connection, string name)
    {
        var connected = connection.GetServers().Where(static server => server.IsConnected).ToList();
        if (connected.Find(static server => server.ServerType is not ServerType.Sentinel) is { } other)
        {
            throw new SentinelException($"{other.EndPoint} is no Sentinel; leave log.sentinel out to connect to Redis itself", mayPass: false);
        }

        foreach (var sentinel in connected)
        {
            if (await sentinel.SentinelGetMasterAddressByNameAsync(name).ConfigureAwait(false) is not null)
            {
                return;
            }
        }

        throw new SentinelException($"the Sentinels watch no master named '{name}' (log.sentinel)", mayPass: true);
    }
}
