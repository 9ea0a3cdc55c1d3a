using System.Globalization;

namespace Postrider.Tests.Log.Redis.Topologies;

/// <summary>A master with two replicas, every write synced before its answer, and three Sentinels that ask for a password of their own.</summary>
internal sealed class RedisSentinelProcess : IAsyncDisposable
{
    public const string Name = "mymaster";

    /// <summary>May do at the Sentinels what the documentation grants, and nothing else.</summary>
    public const string User = "postrider";
    public const string Password = "watchers";
    private const int Count = 3;

    private readonly List<RedisNode> _sentinels = [];

    public RedisSentinelProcess(IReadOnlyList<string>? more = null) => Nodes = [.. Enumerable.Range(0, Count).Select(_ => new RedisNode([
        "--save", "", "--appendonly", "yes", "--appendfsync", "always", "--repl-diskless-sync-delay", "0", "--repl-ping-replica-period", "1", .. more ?? []]))];

    /// <summary>The first is the master at first.</summary>
    public IReadOnlyList<RedisNode> Nodes { get; }

    public IReadOnlyList<RedisNode> Sentinels => _sentinels;

    /// <summary>The Sentinels.</summary>
    public string Connection => string.Join(',', _sentinels.Select(sentinel => sentinel.Address));

    public async Task StartAsync()
    {
        await Task.WhenAll(Nodes.Select(node => node.StartAsync()));
        foreach (var replica in Nodes.Skip(1))
        {
            replica.Ask("REPLICAOF", "127.0.0.1", Nodes[0].Port.ToString(CultureInfo.InvariantCulture));
        }

        // Before the Sentinels, so that their first look finds the replicas.
        await HealthyAsync(() => Nodes[0]);
        for (var i = 0; i < Count; i++)
        {
            _sentinels.Add(new RedisNode([], string.Create(CultureInfo.InvariantCulture, $"""
                requirepass {Password}
                user {User} on >{Password} allchannels +@connection +info +role +sentinel +subscribe +psubscribe +unsubscribe
                sentinel monitor {Name} 127.0.0.1 {Nodes[0].Port} 2
                sentinel down-after-milliseconds {Name} 1000
                sentinel failover-timeout {Name} 3000
                sentinel parallel-syncs {Name} 2
                """)) { Password = Password });
        }

        await Task.WhenAll(_sentinels.Select(sentinel => sentinel.StartAsync()));
        await RedisNode.UntilAsync(
            "the Sentinels know each other and the replicas",
            () => _sentinels.All(sentinel => sentinel.Ask("SENTINEL", "CKQUORUM", Name).StartsWith("OK 3", StringComparison.Ordinal)
                && sentinel.Ask("SENTINEL", "REPLICAS", Name) is var replicas && Nodes.Skip(1).All(node => replicas.Contains(node.Address, StringComparison.Ordinal))),
            Describe);
    }

    /// <summary>The master as most Sentinels say.</summary>
    public RedisNode Master
    {
        get
        {
            var address = _sentinels.Where(sentinel => sentinel.IsRunning)
                .Select(sentinel => sentinel.Ask("SENTINEL", "GET-MASTER-ADDR-BY-NAME", Name).Replace('\n', ':'))
                .GroupBy(address => address).MaxBy(group => group.Count())!.Key;
            return Nodes.First(node => node.Address == address);
        }
    }

    /// <summary>Makes one a replica of the master, as Sentinels do some seconds later by themselves.</summary>
    public void Demote(RedisNode old) => old.Ask("REPLICAOF", "127.0.0.1", Master.Port.ToString(CultureInfo.InvariantCulture));

    /// <summary>Waits until another one is master, by the Sentinels and by itself.</summary>
    public Task FailedOverAsync(RedisNode old) => RedisNode.UntilAsync(
        "the Sentinels have made another one master", () => Master is var master && master != old && master.Field("role", "INFO", "replication") == "master", Describe);

    /// <summary>Waits until the master has all others as replicas, in step.</summary>
    public Task HealthyAsync(Func<RedisNode>? masterOf = null) => RedisNode.UntilAsync(
        "all replicas follow the master",
        () => (masterOf?.Invoke() ?? Master) is var master
            && master.Field("connected_slaves", "INFO", "replication") == (Count - 1).ToString(CultureInfo.InvariantCulture)
            && Nodes.Where(node => node != master).All(node => node.Field("master_link_status", "INFO", "replication") == "up"),
        Describe);

    public string Describe() => string.Join('\n', Nodes.Concat(_sentinels).Select(node => node.Describe()));

    public async ValueTask DisposeAsync() => await Task.WhenAll(Nodes.Concat(_sentinels).Select(node => node.DisposeAsync().AsTask()));
}
