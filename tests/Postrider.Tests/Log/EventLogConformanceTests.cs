using System.Collections.Concurrent;
using Postrider.Events;
using Postrider.Log;

namespace Postrider.Tests.Log;

/// <summary>What every log promises. Each implementation inherits it.</summary>
public abstract class EventLogConformanceTests : IAsyncLifetime
{
    private IEventLog? _log;

    private protected static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private protected IEventLog Log => _log!;

    private protected ILogPartition Partition => Log.Partitions[0];

    public async ValueTask InitializeAsync() => _log = await CreateAsync();

    public virtual async ValueTask DisposeAsync()
    {
        await Log.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task AppendAsync_OneEvent_GetsThePlaceAtTheEnd()
    {
        var end = Partition.EndPosition;
        var @event = TestEvents.Numbered(1);

        await Log.AppendAsync(@event);

        Assert.Equal(end, @event.Place.Position);
        Assert.Equal(end + 1, Partition.EndPosition);
        Assert.StartsWith($"evt_{Log.Id}-0-", @event.Id, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ReadAsync_AfterAppends_ReturnsThemByteForByteInOrder()
    {
        var from = Partition.EndPosition;
        var written = new List<Event>();
        for (var i = 0; i < 20; i++)
        {
            written.Add(TestEvents.Create($"{{\"n\":{i}}}", key: $"user-{i % 3}", type: "track"));
            await Log.AppendAsync(written[^1]);
        }

        var read = await ReadAllAsync(from);

        Assert.Equal(written.Select(TestEvents.Text), read.Select(TestEvents.Text));
        Assert.Equal(written.Select(e => e.Id), read.Select(e => e.Id));
        Assert.Equal(written.Select(e => e.Key), read.Select(e => e.Key));
        Assert.All(read, e => Assert.Equal("track", e.Type));
    }

    [Fact]
    public async Task ReadAsync_BoundedByBytesAndPosition_StopsThere()
    {
        var from = Partition.EndPosition;
        await AppendManyAsync(10, padding: 1000);

        var one = await Partition.ReadAsync(from, from + 10, 1, Cancellation);
        var three = await Partition.ReadAsync(from, from + 10, 2500, Cancellation);
        var four = await Partition.ReadAsync(from, from + 4, 1 << 20, Cancellation);
        var none = await Partition.ReadAsync(from + 10, from + 20, 1 << 20, Cancellation);

        Assert.Equal(from, Assert.Single(one).Place.Position);
        Assert.Equal(3, three.Count);
        Assert.Equal(4, four.Count);
        Assert.Empty(none);
    }

    [Fact]
    public async Task AppendAsync_Group_IsConsecutiveAmongConcurrentAppends()
    {
        var groups = await Task.WhenAll(Enumerable.Range(0, 20).Select(number => Task.Run(async () =>
        {
            var group = Enumerable.Range(0, 5).Select(i => TestEvents.Numbered((number * 5) + i)).ToList();
            await Log.AppendAsync(group);
            await Log.AppendAsync(TestEvents.Numbered(1000 + number));
            return group;
        }, Cancellation)));

        foreach (var group in groups)
        {
            Assert.Equal(Enumerable.Range(0, 5).Select(i => group[0].Place.Position + i), group.Select(e => e.Place.Position));
        }
    }

    [Fact]
    public async Task AppendAsync_ConcurrentClients_EachSeesItsOwnOrder()
    {
        var from = Partition.EndPosition;

        await Task.WhenAll(Enumerable.Range(0, 16).Select(client => Task.Run(async () =>
        {
            for (var i = 0; i < 50; i++)
            {
                await Log.AppendAsync(TestEvents.Create($"{i}", key: $"client-{client}"));
            }
        }, Cancellation)));

        var read = await ReadAllAsync(from);
        Assert.Equal(16 * 50, read.Count);
        foreach (var client in read.GroupBy(e => e.Key))
        {
            Assert.Equal(Enumerable.Range(0, 50).Select(i => $"{i}"), client.Select(TestEvents.Text));
        }
    }

    [Fact]
    public async Task Listen_UnderConcurrentAppends_HasNoGapsAndTheSameObjects()
    {
        var seen = new ConcurrentQueue<CommittedBatch>();
        await AppendManyAsync(3);
        var from = Partition.EndPosition;
        Partition.Listen(seen.Enqueue);

        var appended = await Task.WhenAll(Enumerable.Range(0, 100).Select(i => Task.Run(async () =>
        {
            var @event = TestEvents.Numbered(i);
            await Log.AppendAsync(@event);
            return @event;
        }, Cancellation)));

        var next = from;
        foreach (var batch in seen)
        {
            Assert.Equal(next, batch.First);
            Assert.Equal(Enumerable.Range(0, batch.Events.Count).Select(i => next + i), batch.Events.Select(e => e.Place.Position));
            next = batch.End;
        }

        Assert.Equal(from + 100, next);
        Assert.Equal(appended.OrderBy(e => e.Place.Position), seen.SelectMany(batch => batch.Events), ReferenceEqualityComparer.Instance);
        Assert.Throws<InvalidOperationException>(() => Partition.Listen(_ => { }));
    }

    [Fact]
    public async Task Reopen_AfterAppends_KeepsEventsIdAndEnd()
    {
        var from = Partition.EndPosition;
        var written = await AppendManyAsync(25);
        var (id, end) = (Log.Id, Partition.EndPosition);

        await ReopenLogAsync();
        var more = TestEvents.Numbered(25);
        await Log.AppendAsync(more);

        Assert.Equal(id, Log.Id);
        Assert.Equal(end, more.Place.Position);
        Assert.Equal(written.Append(more).Select(e => e.Id), (await ReadAllAsync(from)).Select(e => e.Id));
    }

    [Fact]
    public async Task GetAsync_AnyHeldPosition_FindsIt()
    {
        var written = await AppendManyAsync(300, padding: 900);

        foreach (var @event in written.Where((_, i) => i % 37 == 0))
        {
            var found = await Partition.GetAsync(@event.Place.Position, Cancellation);

            Assert.Equal(@event.Id, found?.Id);
            Assert.Equal(TestEvents.Text(@event), TestEvents.Text(found!));
        }

        Assert.Null(await Partition.GetAsync(Partition.EndPosition, Cancellation));
        Assert.Null(await Partition.GetAsync(0, Cancellation));
    }

    [Fact]
    public async Task AppendAsync_LargeEvent_ComesBackWhole()
    {
        var large = TestEvents.Numbered(1, padding: 3 << 20);
        await Log.AppendAsync(TestEvents.Numbered(0));

        await Log.AppendAsync(large);

        var found = await Partition.GetAsync(large.Place.Position, Cancellation);
        var read = await Partition.ReadAsync(large.Place.Position, long.MaxValue, 1000, Cancellation);
        Assert.True(large.Body.Span.SequenceEqual(found!.Body.Span));
        Assert.True(large.Body.Span.SequenceEqual(Assert.Single(read).Body.Span));
    }

    [Fact]
    public async Task ReadBackAsync_FromTheEnd_GivesAllNewestFirstInBoundedChunks()
    {
        var from = Partition.EndPosition;
        var written = await AppendManyAsync(300, padding: 2000);

        var (read, chunks, before) = (new List<Event>(), 0, long.MaxValue);
        while (before > from)
        {
            var back = await Partition.ReadBackAsync(before, 128 << 10, Cancellation);
            Assert.InRange(back.From, Partition.FirstPosition, Math.Min(before, Partition.EndPosition) - 1);
            read.AddRange(back.Events.TakeWhile(e => e.Position >= from));
            (before, chunks) = (back.From, chunks + 1);
        }

        Assert.Equal(written.Select(e => e.Id).Reverse(), read.Select(e => e.Id));
        Assert.Equal(written.Select(TestEvents.Text).Reverse(), read.Select(TestEvents.Text));
        Assert.InRange(chunks, 3, 100);
    }

    [Fact]
    public async Task ReadBackAsync_BelowTheFirst_GivesNothing()
    {
        await AppendManyAsync(3);

        var back = await Partition.ReadBackAsync(Partition.FirstPosition, 1 << 20, Cancellation);

        Assert.Empty(back.Events);
        Assert.Equal(Partition.FirstPosition, back.From);
    }

    [Fact]
    public async Task PartitionOf_AKey_IsWhereItsEventsAre()
    {
        var @event = TestEvents.Create("{}", key: "ada");
        await Log.AppendAsync(@event);

        Assert.Equal(@event.Place.Partition, Log.PartitionOf(@event.KeyHash) ?? @event.Place.Partition);
    }

    [Fact]
    public async Task AppendAsync_AfterDispose_IsRefused()
    {
        await Log.DisposeAsync();

        await Assert.ThrowsAsync<LogUnavailableException>(async () => await Log.AppendAsync(TestEvents.Numbered(1)));
    }

    /// <summary>Makes a new, empty log.</summary>
    private protected abstract Task<IEventLog> CreateAsync();

    /// <summary>Opens the log again after it was closed.</summary>
    private protected abstract Task<IEventLog> ReopenAsync();

    private protected async Task ReopenLogAsync()
    {
        await Log.DisposeAsync();
        _log = await ReopenAsync();
    }

    private protected async Task<List<Event>> AppendManyAsync(int count, int padding = 0)
    {
        var events = new List<Event>();
        for (var i = 0; i < count; i++)
        {
            events.Add(TestEvents.Numbered(i, padding));
        }

        foreach (var half in events.Chunk(Math.Max(1, count / 3)))
        {
            await Log.AppendAsync(half);
        }

        return events;
    }

    private protected async Task<List<Event>> ReadAllAsync(long from)
    {
        var all = new List<Event>();
        while (await Partition.ReadAsync(from, long.MaxValue, 1 << 20, Cancellation) is { Count: > 0 } read)
        {
            all.AddRange(read);
            from = read[^1].Place.Position + 1;
        }

        return all;
    }
}
