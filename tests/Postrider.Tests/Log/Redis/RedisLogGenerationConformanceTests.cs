using Postrider.Log;
using Postrider.Log.Redis;

namespace Postrider.Tests.Log.Redis;

/// <summary>The same in a later generation, behind events of an earlier one.</summary>
public sealed class RedisLogGenerationConformanceTests(RedisServer server) : ReplayStoreConformanceTests, IClassFixture<RedisServer>
{
    private readonly RedisLogOptions _options = server.Options();

    private protected override async Task<IEventLog> CreateAsync()
    {
        var keys = new PartitionKeys(_options.Prefix, 0);
        await using (var first = await server.OpenAsync(_options))
        {
            await first.AppendAsync([TestEvents.Numbered(1), TestEvents.Numbered(2)]);
        }

        // As after a restart of Redis; and the suite saves progress of events that it has not appended.
        await server.Database.HashSetAsync(keys.Meta, [new("run", "another"), new("last", 1_000_000)]);
        var log = await server.OpenAsync(_options);
        Assert.Equal(1_000_001, log.Partitions[0].GenerationStart);
        return log;
    }

    private protected override async Task<IEventLog> ReopenAsync() => await server.OpenAsync(_options);
}
