using StackExchange.Redis;

namespace Postrider.Log.Redis;

/// <summary>The process's way to Redis: one connection a server, on which all that waits is sent together.</summary>
internal sealed class RedisConnection : IAsyncDisposable
{
    private readonly ConnectionMultiplexer _multiplexer;

    private RedisConnection(ConnectionMultiplexer multiplexer)
    {
        _multiplexer = multiplexer;
        Database = multiplexer.GetDatabase();
        multiplexer.ConnectionFailed += (_, lost) => Lost?.Invoke(Reason(lost));
        multiplexer.ConnectionRestored += (_, restored) =>
        {
            if (restored.ConnectionType is ConnectionType.Interactive)
            {
                Restored?.Invoke();
            }
        };
    }

    public IDatabase Database { get; }

    public ISubscriber Subscriber => _multiplexer.GetSubscriber();

    /// <summary>A connection to a server broke; the reason is for people.</summary>
    public event Action<string>? Lost;

    /// <summary>A connection to a server stands again.</summary>
    public event Action? Restored;

    /// <summary>The servers that can be written to.</summary>
    public IEnumerable<IServer> Masters => _multiplexer.GetServers().Where(server => server is { IsConnected: true, IsReplica: false });

    /// <summary>Keys of several slots cannot be asked together.</summary>
    public bool IsCluster => _multiplexer.GetServers().Any(server => server.ServerType == ServerType.Cluster);

    /// <summary>Returns with or without a connection: the client goes on trying by itself.</summary>
    public static async Task<RedisConnection> ConnectAsync(ConfigurationOptions options)
    {
        var own = options.Clone();
        own.AbortOnConnectFail = false;

        // What cannot be sent now fails now: a command that waits for a connection would be appended after its client was told otherwise.
        own.BacklogPolicy = BacklogPolicy.FailFast;

        // The protocol that every proxy and managed flavour speaks. Nudges then come on a connection of their own, so they cannot
        // turn the one for commands into a subscriber's, whose output Redis limits.
        own.Protocol ??= RedisProtocol.Resp2;

        // Both are keys and channels outside the log's prefix, which an ACL would have to allow.
        own.TieBreaker = "";
        own.ConfigurationChannel = "";

        // The client counts INFO among the commands for administrators, and the memory limit and the durability check ask it.
        own.AllowAdmin = true;
        own.ClientName ??= "postrider";
        own.IncludeDetailInExceptions = false;
        return new RedisConnection(await ConnectionMultiplexer.ConnectAsync(own).ConfigureAwait(false));
    }

    /// <summary>The server that holds a key.</summary>
    public IServer ServerOf(RedisKey key) => _multiplexer.GetServer(key);

    /// <summary>Runs a script. Throws what the client throws.</summary>
    public Task<RedisResult> RunAsync(string script, RedisKey[] keys, RedisValue[] values) =>
        Database.ScriptEvaluateAsync(script, keys, values, CommandFlags.DemandMaster);

    public ValueTask DisposeAsync() => _multiplexer.DisposeAsync();

    private static string Reason(ConnectionFailedEventArgs lost) =>
        $"{lost.EndPoint}: {lost.FailureType}{(RedisErrors.IsDenied(lost.Exception) ? ", the user or password is refused" : "")}";
}
