using System.Collections.Concurrent;
using Postrider.Events;
using Postrider.Log;
using Postrider.Log.Redis;
using Eventually = Postrider.Tests.Gateway.Eventually;

namespace Postrider.Tests.Log.Redis.Topologies;

/// <summary>What only a Redis Cluster does to a log: its partitions move to other servers while it is used.</summary>
public sealed class RedisClusterLogTests(RedisClusterFixture redis) : IClassFixture<RedisClusterFixture>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task SlotMovedThereAndBack_WhileEventsAreAppended_LosesNoneAndPositionsStayDense(int replicas)
    {
        await using var log = await redis.OpenAsync(redis.Options(partitions: 2, replicas));
        var acknowledged = new ConcurrentQueue<Event>();
        using var stop = new CancellationTokenSource();
        var clients = Enumerable.Range(0, 4).Select(client => Task.Run(() => AppendUntilAsync(log, client, acknowledged, stop.Token), Cancellation)).ToList();
        await MoreAsync(acknowledged);
        var slot = redis.Cluster.SlotOf("{p0}");
        var first = redis.Cluster.MasterOf(slot)!;
        var second = redis.Cluster.Nodes.First(node => node != first && redis.Cluster.IsMaster(node));
        var generation = log.Partitions[0].Generation;

        await redis.Cluster.MoveSlotAsync(slot, second, () => Task.Delay(TimeSpan.FromMilliseconds(20), Cancellation));
        await MoreAsync(acknowledged);

        // A server to which a partition comes may know none of the scripts.
        first.Ask("SCRIPT", "FLUSH");
        await redis.Cluster.MoveSlotAsync(slot, first);
        await MoreAsync(acknowledged);
        await stop.CancelAsync();
        await Task.WhenAll(clients);

        await Eventually.IsTrueAsync("the log is whole", () => log.Condition.State is LogState.Ready);
        Assert.True(log.Partitions[0].Generation >= generation + 2);
        foreach (var partition in log.Partitions)
        {
            var stored = await ReadAllAsync(partition);
            Assert.Equal(Enumerable.Range(1, stored.Count).Select(i => (long)i), stored.Select(@event => @event.Place.Position));
            var ids = stored.ToDictionary(@event => @event.Id, TestEvents.Text);
            Assert.All(acknowledged.Where(@event => @event.Place.Partition == partition.Number), @event => Assert.Equal(TestEvents.Text(@event), ids[@event.Id]));
        }
    }

    // In both partitions.
    private static async Task MoreAsync(ConcurrentQueue<Event> acknowledged)
    {
        var before = acknowledged.Count;
        await Eventually.IsTrueAsync("events are stored", () => acknowledged.Skip(before).Select(@event => @event.Place.Partition).Distinct().Count() == 2);
    }

    private static async Task AppendUntilAsync(RedisLog log, int client, ConcurrentQueue<Event> acknowledged, CancellationToken stop)
    {
        for (var i = 0; !stop.IsCancellationRequested; i++)
        {
            var @event = TestEvents.Create($"{{\"n\":{i}}}", key: $"client-{client}-{i % 16}");
            try
            {
                await log.AppendAsync(@event);
                acknowledged.Enqueue(@event);
            }
            catch (LogUnavailableException)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(5), Cancellation);
            }
        }
    }

    private static async Task<IReadOnlyList<Event>> ReadAllAsync(ILogPartition partition)
    {
        var events = new List<Event>();
        while (await partition.ReadAsync(events.Count + 1, long.MaxValue, 1 << 20, Cancellation) is { Count: > 0 } read)
        {
            events.AddRange(read);
        }

        return events;
    }
}
