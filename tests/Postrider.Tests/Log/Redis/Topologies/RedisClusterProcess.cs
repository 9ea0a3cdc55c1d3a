using System.Globalization;

namespace Postrider.Tests.Log.Redis.Topologies;

/// <summary>A Redis Cluster of three masters with a replica each, every write synced before its answer. Nodes can be killed and slots moved while it runs.</summary>
internal sealed class RedisClusterProcess(IReadOnlyList<string>? more = null) : IAsyncDisposable
{
    public const int Masters = 3;
    private const int Slots = 16_384;

    /// <summary>The three that are masters at first, then the replica of each.</summary>
    public IReadOnlyList<RedisNode> Nodes { get; } = [.. Enumerable.Range(0, 2 * Masters).Select(_ => new RedisNode([
        "--save", "", "--appendonly", "yes", "--appendfsync", "always", "--repl-diskless-sync-delay", "0", "--repl-ping-replica-period", "1",
        "--cluster-enabled", "yes", "--cluster-config-file", "nodes.conf", "--cluster-node-timeout", "1500", "--cluster-require-full-coverage", "no",
        .. more ?? []]))];

    /// <summary>Those that one may begin with.</summary>
    public string Connection => string.Join(',', Nodes.Select(node => node.Address));

    public async Task StartAsync()
    {
        await Task.WhenAll(Nodes.Select(node => node.StartAsync()));
        for (var i = 0; i < Nodes.Count; i++)
        {
            Do(Nodes[i], "CLUSTER", "SET-CONFIG-EPOCH", Text(i + 1));
        }

        for (var i = 0; i < Masters; i++)
        {
            Do(Nodes[i], ["CLUSTER", "ADDSLOTS", .. Enumerable.Range(0, Slots).Where(slot => slot * Masters / Slots == i).Select(Text)]);
        }

        foreach (var node in Nodes.Skip(1))
        {
            Do(node, "CLUSTER", "MEET", "127.0.0.1", Text(Nodes[0].Port));
        }

        await RedisNode.UntilAsync("all nodes know each other", () => Nodes.All(node => node.Field("cluster_known_nodes", "CLUSTER", "INFO") == Text(Nodes.Count)), Describe);
        for (var i = 0; i < Masters; i++)
        {
            var (master, replica) = (IdOf(Nodes[i]), Nodes[Masters + i]);
            await RedisNode.UntilAsync("the replica has its master", () => replica.Ask("CLUSTER", "REPLICATE", master) == "OK", Describe);
        }

        await HealthyAsync();
    }

    /// <summary>Waits until every slot is served, and every master has its replica in step.</summary>
    public Task HealthyAsync() => RedisNode.UntilAsync(
        "the cluster is whole",
        () => Nodes.All(node => node.Field("cluster_state", "CLUSTER", "INFO") == "ok" && node.Field("cluster_slots_ok", "CLUSTER", "INFO") == Text(Slots))
            && Nodes.Count(IsMaster) == Masters
            && Nodes.Where(node => !IsMaster(node)).All(node => node.Field("master_link_status", "INFO", "replication") == "up"),
        Describe);

    /// <summary>The node that serves a slot, as the nodes that run agree or the first of them says; null: none that runs.</summary>
    public RedisNode? MasterOf(int slot) => Nodes.FirstOrDefault(node => node.IsRunning && IsMaster(node) && SlotsOf(node).Any(range => range.First <= slot && slot <= range.Last));

    /// <summary>The running replicas of a master.</summary>
    public IReadOnlyList<RedisNode> ReplicasOf(RedisNode master) =>
        [.. Nodes.Where(node => node != master && node.IsRunning && node.Field("master_port", "INFO", "replication") == Text(master.Port))];

    public int SlotOf(string key) => int.Parse(Nodes.First(node => node.IsRunning).Ask("CLUSTER", "KEYSLOT", key), CultureInfo.InvariantCulture);

    /// <summary>Moves a slot with all its keys to another master, key by key, as <c>redis-cli --cluster reshard</c> does.</summary>
    /// <param name="slot">Which.</param>
    /// <param name="to">Where to.</param>
    /// <param name="afterKey">Called when a key has gone: then the slot's keys are in two places.</param>
    public async Task MoveSlotAsync(int slot, RedisNode to, Func<Task>? afterKey = null)
    {
        var from = MasterOf(slot)!;
        var number = Text(slot);
        var (source, target) = (IdOf(from), IdOf(to));
        Do(to, "CLUSTER", "SETSLOT", number, "IMPORTING", source);
        Do(from, "CLUSTER", "SETSLOT", number, "MIGRATING", target);
        while (from.Ask("CLUSTER", "GETKEYSINSLOT", number, "1") is { Length: > 0 } key)
        {
            Do(from, "MIGRATE", "127.0.0.1", Text(to.Port), "", "0", "5000", "REPLACE", "KEYS", key);
            await (afterKey?.Invoke() ?? Task.CompletedTask);
        }

        Do(to, "CLUSTER", "SETSLOT", number, "NODE", target);
        Do(from, "CLUSTER", "SETSLOT", number, "NODE", target);
        foreach (var other in Nodes.Where(node => node.IsRunning && node != to && node != from && IsMaster(node)))
        {
            Do(other, "CLUSTER", "SETSLOT", number, "NODE", target);
        }
    }

    public bool IsMaster(RedisNode node) => node.Field("role", "INFO", "replication") == "master";

    public string Describe() => string.Join('\n', Nodes.Select(node => node.Describe())) + "\n" + Nodes.FirstOrDefault(node => node.IsRunning)?.Ask("CLUSTER", "NODES");

    public async ValueTask DisposeAsync() => await Task.WhenAll(Nodes.Select(node => node.DisposeAsync().AsTask()));

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static string IdOf(RedisNode node) => node.Ask("CLUSTER", "MYID");

    private static IEnumerable<(int First, int Last)> SlotsOf(RedisNode node)
    {
        var own = node.Ask("CLUSTER", "NODES").Split('\n').FirstOrDefault(line => line.Contains("myself", StringComparison.Ordinal)) ?? "";
        foreach (var range in own.Split(' ').Skip(8).Where(range => range.Length > 0 && char.IsAsciiDigit(range[0])))
        {
            var ends = range.Split('-');
            yield return (int.Parse(ends[0], CultureInfo.InvariantCulture), int.Parse(ends[^1], CultureInfo.InvariantCulture));
        }
    }

    private void Do(RedisNode node, params string[] words)
    {
        var answer = node.Ask(words);
        Assert.True(answer is "OK" or "NOKEY", $"{node.Address} answered '{answer}' to {string.Join(' ', words.Take(4))}\n{Describe()}");
    }
}
