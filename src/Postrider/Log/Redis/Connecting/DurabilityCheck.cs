using System.Globalization;

namespace Postrider.Log.Redis.Connecting;

/// <summary>Whether a server can keep what was asked of it. Every refusal names the setting and its cure.</summary>
internal static class DurabilityCheck
{
    /// <summary>The oldest Redis whose commands suffice.</summary>
    private static readonly Version Oldest = new(6, 2);

    /// <summary>Null: it can. Else why not, and what to change.</summary>
    public static string? FindRefusal(ServerFacts facts, DurabilityDemand demand)
    {
        if (facts.Version is not null && facts.Version < Oldest)
        {
            return $"this is Redis {facts.Version}; {Oldest} or later is needed";
        }

        if (facts.Mode is "sentinel")
        {
            return "this is a Sentinel; write the name under which it watches the master as well: log.sentinel";
        }

        if (facts.Mode is "cluster" && demand.Database != 0)
        {
            return "this is a Redis Cluster, which has the database 0 only; leave log.database out, and tell logs apart by log.prefix";
        }

        // A replica stores nothing that was not its master's, and the master is asked.
        return facts.IsReplica ? null : FindEviction(facts) ?? FindPersistence(facts, demand) ?? FindReplicas(facts, demand);
    }

    /// <summary>What a success answer means on this server, in one line.</summary>
    public static string Describe(ServerFacts facts, DurabilityDemand demand)
    {
        var stored = demand.Level switch
        {
            DurabilityLevel.Memory => "held in the memory of Redis; a restart of Redis may lose all of it",
            DurabilityLevel.Fsync => $"written to Redis and synced to disk (appendfsync {Told(facts.AppendFsync, "always")}); a crash of the Redis machine loses nothing",
            _ when facts.AppendFsync == "always" => "written to Redis and synced to disk (appendfsync always); a crash of the Redis machine loses nothing",
            _ => $"written to Redis, synced to disk within a second (appendfsync {Told(facts.AppendFsync, "everysec")}); a crash of the Redis machine may lose that second",
        };
        return $"A success answer means: {stored}.{DescribeReplicas(facts, demand)}{DescribeMemory(facts, demand)}";
    }

    private static string DescribeMemory(ServerFacts facts, DurabilityDemand demand)
    {
        var evicts = facts.MaxMemoryPolicy is null or "noeviction"
            ? $" It throws nothing away when it is full (maxmemory-policy {Told(facts.MaxMemoryPolicy, "noeviction")})."
            : " It has no maxmemory, so it throws nothing away.";
        var limit = demand.MaxMemory is { } written ? $"{Size(written)} (log.maxMemory)"
            : facts.MaxMemory is > 0 and var max ? $"{Size(max / 10 * 8)} (80 % of its maxmemory {Size(max)}; log.maxMemory sets another)"
            : facts.TotalMemory is { } total ? $"{Size(total / 2)} (half of its machine's {Size(total)}, because it has no maxmemory; log.maxMemory sets another)"
            : null;
        return limit is null ? evicts : $"{evicts} Events are refused while it uses more than {limit}.";
    }

    private static string Size(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / (double)(1 << 20):0.#} MiB");

    private static string Told(string? setting, string demanded) => setting ?? $"{demanded}, by your word";

    private static string DescribeReplicas(ServerFacts facts, DurabilityDemand demand)
    {
        if (demand.Replicas == 0)
        {
            return facts.ConnectedReplicas > 0 ? " It does not wait for replicas: a failover may lose what they had not yet received (log.replicas)." : "";
        }

        var wait = string.Create(CultureInfo.InvariantCulture, $" {demand.Replicas} of its replicas {(demand.Replicas == 1 ? "has" : "have")} received it too.");
        return facts.MinReplicasToWrite >= demand.Replicas ? wait : wait + string.Create(
            CultureInfo.InvariantCulture, $" Set min-replicas-to-write {demand.Replicas} in Redis, so that a master that was cut off stops accepting.");
    }

    private static string? FindEviction(ServerFacts facts) => facts switch
    {
        { MaxMemory: 0 } or { MaxMemoryPolicy: null or "noeviction" } => null,
        _ => $"maxmemory-policy is {facts.MaxMemoryPolicy}: when Redis is full it would throw events away. Set maxmemory-policy noeviction",
    };

    private static string? FindPersistence(ServerFacts facts, DurabilityDemand demand)
    {
        if (demand.Level is DurabilityLevel.Memory)
        {
            return null;
        }

        var level = demand.Level is DurabilityLevel.Fsync ? "fsync" : "everysec";
        if (facts.AppendOnly is false)
        {
            return $"log.durability {level} needs the append-only file, and appendonly is no. Set appendonly yes in Redis, or write durability: memory";
        }

        if (demand.Level is DurabilityLevel.Fsync && facts.AppendFsync is not (null or "always"))
        {
            return $"log.durability fsync needs appendfsync always, and it is {facts.AppendFsync}. Set appendfsync always in Redis, or write durability: everysec";
        }

        if (facts.AppendFsync == "no")
        {
            return "log.durability everysec needs appendfsync everysec or always, and it is no. Set appendfsync everysec in Redis, or write durability: memory";
        }

        if (demand.Level is DurabilityLevel.Fsync && facts.NoFsyncOnRewrite is true)
        {
            return "log.durability fsync needs no-appendfsync-on-rewrite no, and it is yes: Redis would not sync while it rewrites its file. Set it to no";
        }

        var isTold = facts.AppendOnly is not null && facts.AppendFsync is not null
            && (demand.Level is not DurabilityLevel.Fsync || facts.NoFsyncOnRewrite is not null);
        return isTold || demand.Confirmed ? null
            : $"Redis does not tell whether it keeps log.durability {level} (CONFIG GET is refused): make sure that appendonly is yes and appendfsync is "
                + $"{(level == "fsync" ? "always" : "everysec or always")}, then write durabilityConfirmed: true, or allow this user +config|get";
    }

    private static string? FindReplicas(ServerFacts facts, DurabilityDemand demand)
    {
        if (demand.Replicas == 0 || facts.ConnectedReplicas >= demand.Replicas)
        {
            return null;
        }

        return facts.ConnectedReplicas is { } connected
            ? string.Create(CultureInfo.InvariantCulture, $"log.replicas is {demand.Replicas}, and {connected} are connected. Start the replicas, or lower log.replicas")
            : demand.Confirmed ? null : "Redis does not tell how many replicas it has: write durabilityConfirmed: true if there are as many as log.replicas says";
    }
}
