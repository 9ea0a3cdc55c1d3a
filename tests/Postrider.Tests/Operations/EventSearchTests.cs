using System.Buffers;
using System.Text;
using CsCheck;
using Microsoft.Extensions.Time.Testing;
using Postrider.Events;
using Postrider.Log;
using Postrider.Operations;
using Postrider.Tests.Log;
using Postrider.Tests.Log.Embedded;

namespace Postrider.Tests.Operations;

/// <summary>A search finds what a walk over the whole log finds.</summary>
public sealed class EventSearchTests
{
    private static readonly DateTimeOffset Begin = DateTimeOffset.UnixEpoch.AddDays(20000);

    private static readonly Gen<(int Key, int Type, int Source, int Later)[]> Histories =
        Gen.Select(Gen.Int[0, 4], Gen.Int[0, 2], Gen.Int[0, 1], Gen.Int[0, 20]).Array[0, 400];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public Task SearchEventsAsync_OverPartitions_IsALinearScanByTheTimeOfReceipt() => Histories.SampleAsync(
        async history =>
        {
            await using var log = new PartitionedMemoryLog(3);
            var all = await AppendAsync(log, history);
            var newestFirst = all.OrderByDescending(e => e.ReceivedAt).ToList();
            foreach (var search in Searches())
            {
                var found = await AllAsync(log, search);

                Assert.Equal(newestFirst.Where(e => Matches(e, search)).Select(e => e.Id).Order(StringComparer.Ordinal), found.Select(e => e.Id).Order(StringComparer.Ordinal));
                Assert.Equal(found.Select(e => e.ReceivedAt).OrderDescending(), found.Select(e => e.ReceivedAt));
            }
        },
        iter: 60);

    [Fact]
    public async Task SearchEventsAsync_AcrossSegmentsAndTruncation_FindsAllThatIsHeld()
    {
        using var folder = new EmbeddedLogFolder();
        await using var log = await folder.OpenAsync();
        var partition = log.Partitions[0];
        var all = new List<Event>();
        for (var i = 0; i < 2000; i++)
        {
            all.Add(Create(i % 7, i % 3, 0, Begin.AddSeconds(i), padding: 300));
        }

        foreach (var group in all.Chunk(50))
        {
            await log.AppendAsync(group);
        }

        Assert.True(folder.Segments.Count > 5);
        var search = new EventSearch { Filter = new EventFilter { Key = "k3" }, Limit = 13 };
        Assert.Equal(all.Where(e => e.Key == "k3").Reverse().Select(e => e.Id), (await AllAsync(log, search)).Select(e => e.Id));

        var record = new DestinationRecord { Name = "crm", StartPosition = 1, Progress = Progress.StartingAt(1), LastListed = Begin };
        await partition.State.RegisterAsync([record], ["crm"], Begin, Cancellation);
        await partition.State.SaveAsync([new DestinationSave("crm") { Progress = Progress.StartingAt(1200), Counters = default, Changes = [] }], Cancellation);
        await log.TruncateNowAsync(Cancellation);

        Assert.True(partition.FirstPosition > 500);
        Assert.Equal(
            all.Where(e => e.Key == "k3" && e.Place.Position >= partition.FirstPosition).Reverse().Select(e => e.Id),
            (await AllAsync(log, search)).Select(e => e.Id));
    }

    [Fact]
    public async Task SearchEventsAsync_WithADamagedRecord_PassesOverIt()
    {
        using var folder = new EmbeddedLogFolder();
        await using var log = await folder.OpenAsync();
        var all = Enumerable.Range(0, 1000).Select(i => Create(0, 0, 0, Begin.AddSeconds(i), padding: 1000)).ToList();
        foreach (var group in all.Chunk(20))
        {
            await log.AppendAsync(group);
        }

        await using (var file = File.OpenWrite(folder.Segments[2]))
        {
            file.Position = 30_000;
            file.Write([1, 2, 3, 4]);
        }

        var found = (await AllAsync(log, new EventSearch { Limit = 100 })).Select(e => e.Id).ToHashSet();

        Assert.InRange(found.Count, 900, 999);
        Assert.Contains(all[0].Id, found);
        Assert.Contains(all[^1].Id, found);
    }

    [Fact]
    public async Task SearchEventsAsync_ThatMatchesNothing_LooksAtSoMuchAndGoesOn()
    {
        await using var log = new PartitionedMemoryLog(1);
        await log.AppendAsync([.. Enumerable.Range(0, EventSearches.MaxEvents + 10).Select(i => Create(1, 0, 0, Begin.AddMilliseconds(i)))]);

        var first = await Searches(log).SearchEventsAsync(new EventSearch { Filter = new EventFilter { Key = "none" } }, Cancellation);
        var second = await Searches(log).SearchEventsAsync(new EventSearch { Filter = new EventFilter { Key = "none" }, Cursor = first.Next }, Cancellation);

        Assert.Equal((0, (long)EventSearches.MaxEvents, Begin.AddMilliseconds(10)), (first.Items.Count, first.Scanned, first.OldestLookedAt));
        Assert.NotNull(first.Next);
        Assert.Equal((10, null), (second.Scanned, second.Next));
    }

    [Fact]
    public async Task SearchEventsAsync_ById_FindsThatOne()
    {
        await using var log = new PartitionedMemoryLog(2);
        var @event = Create(1, 0, 0, Begin);
        await log.AppendAsync(@event);

        var found = await Searches(log).SearchEventsAsync(new EventSearch { Filter = new EventFilter { Id = @event.Id } }, Cancellation);
        var none = await Searches(log).SearchEventsAsync(new EventSearch { Filter = new EventFilter { Id = "evt_other-0-0-1" } }, Cancellation);

        Assert.Equal(@event.Id, Assert.Single(found.Items).Id);
        Assert.Empty(none.Items);
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("1-2")]
    public async Task SearchEventsAsync_AStrangersCursor_IsRefused(string cursor)
    {
        await using var log = new PartitionedMemoryLog(1);

        await Assert.ThrowsAsync<FormatException>(() => Searches(log).SearchEventsAsync(new EventSearch { Cursor = cursor }, Cancellation));
    }

    [Fact]
    public async Task SearchEventsAsync_Cancelled_Ends()
    {
        await using var log = new PartitionedMemoryLog(1);
        await log.AppendAsync(Create(1, 0, 0, Begin));

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Searches(log).SearchEventsAsync(new EventSearch(), new CancellationToken(canceled: true)));
    }

    private static IEnumerable<EventSearch> Searches() =>
    [
        new EventSearch { Limit = 1000 },
        new EventSearch { Limit = 3 },
        new EventSearch { Filter = new EventFilter { Key = "k1" }, Limit = 5 },
        new EventSearch { Filter = new EventFilter { Type = "t1" }, Source = "s0", Limit = 4 },
        new EventSearch { Filter = new EventFilter { Since = Begin.AddSeconds(200), Until = Begin.AddSeconds(1500) }, Limit = 7 },
    ];

    private static bool Matches(Event e, EventSearch search) =>
        (search.Filter.Key is null || e.Key == search.Filter.Key) && (search.Filter.Type is null || e.Type == search.Filter.Type)
        && (search.Source is null || e.Source == search.Source)
        && !(e.ReceivedAt < search.Filter.Since) && !(e.ReceivedAt >= search.Filter.Until);

    private static EventSearches Searches(IEventLog log)
    {
        var state = new ServerState();
        state.MarkStarted(log, new FakeDeliveryControl(), Begin);
        return new EventSearches(state, new FakeTimeProvider());
    }

    private static async Task<List<EventSummary>> AllAsync(IEventLog log, EventSearch search)
    {
        var (found, searches, page) = (new List<EventSummary>(), Searches(log), search);
        while (true)
        {
            var list = await searches.SearchEventsAsync(page, Cancellation);
            Assert.InRange(list.Items.Count, 0, search.Limit);
            found.AddRange(list.Items);
            if (list.Next is null)
            {
                return found;
            }

            page = search with { Cursor = list.Next };
        }
    }

    private static async Task<List<Event>> AppendAsync(PartitionedMemoryLog log, (int Key, int Type, int Source, int Later)[] history)
    {
        var (all, at) = (new List<Event>(), Begin);
        foreach (var (key, type, source, later) in history)
        {
            at = at.AddMilliseconds((later * 1000) + 1);
            all.Add(Create(key, type, source, at));
            await log.AppendAsync(all[^1]);
        }

        return all;
    }

    private static Event Create(int key, int type, int source, DateTimeOffset at, int padding = 0) => Event.Create(
        new EventDraft
        {
            Source = $"s{source}",
            Key = key == 0 ? default : Encoding.UTF8.GetBytes($"k{key}"),
            Type = type == 0 ? null : $"t{type}",
            ReceivedAt = at,
        },
        new ReadOnlySequence<byte>(Encoding.UTF8.GetBytes($"\"{new string('x', padding)}\"")));
}
