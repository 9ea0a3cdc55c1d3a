using Postrider.Log.Redis.Connecting;

namespace Postrider.Tests.Log.Redis.Connecting;

public sealed class DurabilityCheckTests
{
    private static readonly Dictionary<string, string> Info = new()
    {
        ["redis_version"] = "7.0.15", ["redis_mode"] = "standalone", ["role"] = "master", ["aof_enabled"] = "1",
        ["maxmemory"] = "0", ["maxmemory_policy"] = "noeviction", ["connected_slaves"] = "0",
    };

    private static readonly Dictionary<string, string> Config = new()
    {
        ["appendonly"] = "yes", ["appendfsync"] = "always", ["no-appendfsync-on-rewrite"] = "no", ["maxmemory"] = "0", ["maxmemory-policy"] = "noeviction",
    };

    [Theory]
    [InlineData("Everysec", "appendonly=no", "Set appendonly yes")]
    [InlineData("Everysec", "appendfsync=no", "Set appendfsync everysec")]
    [InlineData("Everysec", "appendfsync=everysec", null)]
    [InlineData("Everysec", "", null)]
    [InlineData("Fsync", "appendfsync=everysec", "Set appendfsync always")]
    [InlineData("Fsync", "appendonly=no", "Set appendonly yes")]
    [InlineData("Fsync", "no-appendfsync-on-rewrite=yes", "Set it to no")]
    [InlineData("Fsync", "", null)]
    [InlineData("Memory", "appendonly=no", null)]
    [InlineData("Memory", "maxmemory=100;maxmemory-policy=allkeys-lru", "Set maxmemory-policy noeviction")]
    [InlineData("Memory", "maxmemory-policy=allkeys-lru", null)]
    public void FindRefusal_Setting_IsNamedWithItsCure(string level, string settings, string? cure)
    {
        var config = new Dictionary<string, string>(Config);
        foreach (var setting in settings.Split(';', StringSplitOptions.RemoveEmptyEntries))
        {
            config[setting.Split('=')[0]] = setting.Split('=')[1];
        }

        var refusal = DurabilityCheck.FindRefusal(ServerFacts.From(Info, config), Demand(level));

        Assert.Equal(cure is null, refusal is null);
        Assert.Contains(cure ?? "", refusal ?? "", StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("redis_version", "6.0.16", "6.2 or later")]
    [InlineData("redis_mode", "sentinel", "this is a Sentinel; write the name under which it watches the master as well: log.sentinel")]
    public void FindRefusal_KindOfServer_IsRefused(string field, string value, string reason)
    {
        var info = new Dictionary<string, string>(Info) { [field] = value };

        Assert.Contains(reason, DurabilityCheck.FindRefusal(ServerFacts.From(info, Config), Demand("Memory")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, null)]
    [InlineData(2, "this is a Redis Cluster, which has the database 0 only; leave log.database out, and tell logs apart by log.prefix")]
    public void FindRefusal_Cluster_HasOneDatabase(int database, string? reason)
    {
        var info = new Dictionary<string, string>(Info) { ["redis_mode"] = "cluster" };

        Assert.Equal(reason, DurabilityCheck.FindRefusal(ServerFacts.From(info, Config), Demand("Memory") with { Database = database }));
    }

    [Theory]
    [InlineData("Everysec")]
    [InlineData("Fsync")]
    public void FindRefusal_ServerThatDoesNotTell_NeedsTheOperatorsWord(string level)
    {
        var facts = ServerFacts.From(Info, new Dictionary<string, string>());

        Assert.Contains("durabilityConfirmed: true", DurabilityCheck.FindRefusal(facts, Demand(level)), StringComparison.Ordinal);
        Assert.Null(DurabilityCheck.FindRefusal(facts, Demand(level) with { Confirmed = true }));
    }

    [Fact]
    public void FindRefusal_AppendOnlyFileOffByInfo_IsRefusedDespiteTheOperatorsWord()
    {
        var info = new Dictionary<string, string>(Info) { ["aof_enabled"] = "0" };
        var facts = ServerFacts.From(info, new Dictionary<string, string>());

        Assert.Contains("Set appendonly yes", DurabilityCheck.FindRefusal(facts, Demand("Everysec") with { Confirmed = true }), StringComparison.Ordinal);
    }

    [Fact]
    public void FindRefusal_FewerReplicasThanAsked_IsRefused()
    {
        var demand = Demand("Everysec") with { Replicas = 2 };
        var one = ServerFacts.From(new Dictionary<string, string>(Info) { ["connected_slaves"] = "1" }, Config);
        var two = ServerFacts.From(new Dictionary<string, string>(Info) { ["connected_slaves"] = "2" }, Config);

        Assert.Contains("log.replicas is 2, and 1 are connected", DurabilityCheck.FindRefusal(one, demand), StringComparison.Ordinal);
        Assert.Null(DurabilityCheck.FindRefusal(two, demand));
        Assert.Contains("min-replicas-to-write 2", DurabilityCheck.Describe(two, demand), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("1073741824", null, "819.2 MiB (80 % of its maxmemory 1024 MiB")]
    [InlineData("0", null, "2048 MiB (half of its machine's 4096 MiB")]
    [InlineData("1073741824", 1L << 20, "more than 1 MiB (log.maxMemory)")]
    public void Describe_Memory_SaysTheLimitAndWhereItCameFrom(string maxMemory, long? written, string expected)
    {
        var info = new Dictionary<string, string>(Info) { ["maxmemory"] = maxMemory, ["total_system_memory"] = $"{4L << 30}" };
        var config = new Dictionary<string, string>(Config) { ["maxmemory"] = maxMemory };

        var line = DurabilityCheck.Describe(ServerFacts.From(info, config), Demand("Everysec") with { MaxMemory = written });

        Assert.Contains(expected, line, StringComparison.Ordinal);
        Assert.Contains("noeviction", line, StringComparison.Ordinal);
    }

    private static DurabilityDemand Demand(string level) => new(Enum.Parse<DurabilityLevel>(level), 0, Confirmed: false);
}
