using System.Collections.Concurrent;
using Postrider.Events;
using Postrider.Log;
using Postrider.Log.Redis;
using Eventually = Postrider.Tests.Gateway.Eventually;

namespace Postrider.Tests.Log.Redis;

/// <summary>A log of several partitions over a restart of Redis: each is dense, heard of without gaps, and read back as it was written.</summary>
public sealed class RedisLogPartitionsTests : IAsyncLifetime
{
    private const int Partitions = 5;

    private readonly RedisServer _server = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => _server.InitializeAsync();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task ManyPartitions_OverARestart_AreEachDenseAndInTheOrderOfTheirKeys()
    {
        var options = _server.Options() with { Partitions = Partitions };
        await using var log = await _server.OpenAsync(options);
        var old = log.Partitions;
        var first = await AppendAsync(log, 0);

        await _server.RestartAsync();
        var now = await Task.WhenAll(old.Select(partition => partition.Successor.WaitAsync(TimeSpan.FromSeconds(60), Cancellation)));
        var heard = now.Select(partition =>
        {
            var seen = new ConcurrentQueue<Event>();
            partition.Listen(batch => batch.Events.ToList().ForEach(seen.Enqueue));
            return seen;
        }).ToList();
        await Eventually.IsTrueAsync("the log is ready", () => log.Condition.State is LogState.Ready);
        var second = await AppendAsync(log, 1000);

        var appended = first.Concat(second).ToList();
        Assert.Equal(appended.Count, appended.Select(@event => @event.Id).Distinct().Count());
        foreach (var partition in now)
        {
            var own = appended.Where(@event => @event.Place.Partition == partition.Number).OrderBy(@event => @event.Place.Position).ToList();
            Assert.Equal(Enumerable.Range(1, own.Count).Select(i => (long)i), own.Select(@event => @event.Place.Position));
            var read = await partition.ReadAsync(1, long.MaxValue, 1 << 24, Cancellation);
            Assert.Equal(own.Select(@event => (@event.Id, TestEvents.Text(@event))), read.Select(@event => (@event.Id, TestEvents.Text(@event))));
            Assert.Equal(own.Where(second.Contains).Select(@event => @event.Id), heard[partition.Number].Select(@event => @event.Id));
            Assert.All(own, @event => Assert.Equal(second.Contains(@event), @event.Place.Generation == partition.Generation));
            foreach (var key in read.GroupBy(@event => @event.Key))
            {
                var numbers = key.Select(@event => int.Parse(TestEvents.Text(@event), System.Globalization.CultureInfo.InvariantCulture)).ToList();
                Assert.Equal(numbers.Order(), numbers);
            }
        }
    }

    // One client a key, some of its events in groups.
    private static async Task<List<Event>> AppendAsync(RedisLog log, int from)
    {
        var all = new ConcurrentBag<Event>();
        await Task.WhenAll(Enumerable.Range(0, 16).Select(client => Task.Run(
            async () =>
            {
                for (var i = 0; i < 30; i += 3)
                {
                    var group = Enumerable.Range(i, 3).Select(n => TestEvents.Create($"{from + n}", key: $"client-{client}")).ToList();
                    if (i % 2 == 0)
                    {
                        await log.AppendAsync(group);
                    }
                    else
                    {
                        foreach (var @event in group)
                        {
                            await log.AppendAsync(@event);
                        }
                    }

                    group.ForEach(all.Add);
                }
            },
            Cancellation)));
        return [.. all];
    }
}
