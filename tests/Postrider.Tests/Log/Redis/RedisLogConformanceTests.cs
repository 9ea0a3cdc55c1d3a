using Postrider.Log;
using Postrider.Log.Redis;

namespace Postrider.Tests.Log.Redis;

/// <summary>The log in Redis, with its state, keeps every log's promises.</summary>
public sealed class RedisLogConformanceTests(RedisServer server) : AuditStoreConformanceTests, IClassFixture<RedisServer>
{
    private readonly RedisLogOptions _options = server.Options();

    private protected override async Task<IEventLog> CreateAsync()
    {
        await (await server.OpenAsync(_options)).DisposeAsync();

        // The suite also saves progress of events that it has not appended, and a save beyond the last position is refused.
        await server.Database.HashSetAsync(new PartitionKeys(_options.Prefix, 0).Meta, "last", 1_000_000);
        return await server.OpenAsync(_options);
    }

    private protected override async Task<IEventLog> ReopenAsync() => await server.OpenAsync(_options);
}
