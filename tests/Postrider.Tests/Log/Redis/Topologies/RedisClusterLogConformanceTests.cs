using Postrider.Log;
using Postrider.Log.Redis;

namespace Postrider.Tests.Log.Redis.Topologies;

/// <summary>The log on a Redis Cluster keeps every log's promises.</summary>
public sealed class RedisClusterLogConformanceTests(RedisClusterFixture redis) : AuditStoreConformanceTests, IClassFixture<RedisClusterFixture>
{
    private readonly RedisLogOptions _options = redis.Options();

    private protected override async Task<IEventLog> CreateAsync()
    {
        await (await redis.OpenAsync(_options)).DisposeAsync();

        // The suite also saves progress of events that it has not appended, and a save beyond the last position is refused.
        await redis.Database.HashSetAsync(new PartitionKeys(_options.Prefix, 0).Meta, "last", 1_000_000);
        return await redis.OpenAsync(_options);
    }

    private protected override async Task<IEventLog> ReopenAsync() => await redis.OpenAsync(_options);
}
