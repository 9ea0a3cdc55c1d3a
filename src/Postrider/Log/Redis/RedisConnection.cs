using StackExchange.Redis;

namespace Postrider.Log.Redis;

/// <summary>The process's way to Redis: one connection a server, on which all that waits is sent together.</summary>
internal sealed class RedisConnection : IAsyncDisposable
{
    private readonly RedisLink _link;
    private readonly ConnectionMultiplexer _multiplexer;
    private volatile bool _isCluster;

    private RedisConnection(RedisLink link, bool hasSentinels)
    {
        (_link, _multiplexer, HasSentinels) = (link, link.Servers, hasSentinels);
        Database = _multiplexer.GetDatabase();
        _multiplexer.ConnectionFailed += (_, lost) => Lost?.Invoke(Reason(lost));
        _multiplexer.ConnectionRestored += (_, restored) =>
        {
            if (restored.ConnectionType is ConnectionType.Interactive)
            {
                Restored?.Invoke();
            }
        };

        // Another server is master, and no connection need have broken for it.
        _multiplexer.ConfigurationChanged += (_, _) => Restored?.Invoke();
    }

    public IDatabase Database { get; }

    public ISubscriber Subscriber => _multiplexer.GetSubscriber();

    /// <summary>A connection to a server broke; the reason is for people.</summary>
    public event Action<string>? Lost;

    /// <summary>A connection to a server stands again, or another server is to be written to.</summary>
    public event Action? Restored;

    /// <summary>The servers that can be written to.</summary>
    public IEnumerable<IServer> Masters => _multiplexer.GetServers().Where(server => server is { IsConnected: true, IsReplica: false });

    /// <summary>The servers share the keys by slots: a script must keep to one. Known once a server has answered.</summary>
    public bool IsCluster => _isCluster || (_isCluster = _multiplexer.GetServers().Any(server => server.ServerType == ServerType.Cluster));

    /// <summary>Sentinels tell which server is the master.</summary>
    public bool HasSentinels { get; }

    /// <summary>There are servers that the log can do without: that a connection broke says nothing yet.</summary>
    public bool HasSeveralServers => HasSentinels || IsCluster;

    /// <summary>Returns with or without a connection: the client goes on trying by itself. Where there are Sentinels, one of them and the master must answer.</summary>
    public static async Task<RedisConnection> ConnectAsync(RedisLogOptions options)
    {
        var own = options.Connection.Clone();
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
        return new RedisConnection(await RedisLink.ConnectAsync(own, options.Sentinels).ConfigureAwait(false), options.Sentinels is not null);
    }

    /// <summary>The master that holds a key.</summary>
    /// <exception cref="RedisConnectionException">None is connected.</exception>
    public IServer ServerOf(RedisKey key)
    {
        try
        {
            return _multiplexer.GetServer(key, flags: CommandFlags.DemandMaster);
        }
        catch (InvalidOperationException e)
        {
            throw new RedisConnectionException(ConnectionFailureType.UnableToResolvePhysicalConnection, CommandFlags.CommandRetryNever, $"No master is connected that holds {key}.", e);
        }
    }

    /// <summary>The address of the server that holds a key, as far as is known; null: nobody knows one.</summary>
    public string? PlaceOf(RedisKey key)
    {
        try
        {
            return ServerName.Of(ServerOf(key));
        }
        catch (RedisException)
        {
            return null;
        }
    }

    /// <summary>Runs a script. Throws what the client throws.</summary>
    public Task<RedisResult> RunAsync(string script, RedisKey[] keys, RedisValue[] values) =>
        Database.ScriptEvaluateAsync(script, keys, values, CommandFlags.DemandMaster);

    /// <summary>Runs a script on one server, and nowhere else: where it has no longer what the keys name, it refuses. Throws what the client throws.</summary>
    /// <param name="server">Which.</param>
    /// <param name="command"><c>EVAL</c> or <c>EVALSHA</c>.</param>
    /// <param name="script">The script, or its hash.</param>
    /// <param name="keys">Its keys.</param>
    /// <param name="values">Its other arguments.</param>
    public Task<RedisResult> RunOnAsync(IServer server, string command, string script, RedisKey[] keys, RedisValue[] values)
    {
        var arguments = new List<object>(2 + keys.Length + values.Length) { script, keys.Length };
        foreach (var key in keys)
        {
            arguments.Add(key);
        }

        foreach (var value in values)
        {
            arguments.Add(value);
        }

        return server.ExecuteAsync(Database.Database, command, arguments, CommandFlags.NoRedirect);
    }

    public ValueTask DisposeAsync() => _link.DisposeAsync();

    private static string Reason(ConnectionFailedEventArgs lost) =>
        $"{lost.EndPoint}: {lost.FailureType}{(RedisErrors.IsDenied(lost.Exception) ? ", the user or password is refused" : "")}";
}
