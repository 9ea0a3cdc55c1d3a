using System.Buffers;
using System.Text;
using CsCheck;
using Postrider.Events;
using Postrider.Log;

namespace Postrider.Tests.Log;

/// <summary>A copy owes every destination exactly what its source owed it, in the same order, whatever the partitions.</summary>
public sealed class LogCopyPropertyTests
{
    private static readonly DateTimeOffset Now = DateTimeOffset.UnixEpoch.AddDays(20000);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task RunAsync_AnyLogToAnyPartitions_KeepsWhatIsOwed() => await Gen.Select(Gen.Int[1, 4], Gen.Int[1, 4], Gen.Int[0, 120], Gen.Int).SampleAsync(
        async (from, to, events, seed) =>
        {
            var source = new PartitionedMemoryLog(from);
            var target = new PartitionedMemoryLog(to);
            await FillAsync(source, events, new Random(seed));
            var (before, order) = (await DescribeAsync(source), await OrderOfKeysAsync(source));

            var result = await LogCopy.RunAsync(source, target, TimeProvider.System, Cancellation);

            Assert.Equal(before, await DescribeAsync(target));
            Assert.Equal(order, await OrderOfKeysAsync(target));
            Assert.Equal(before, await DescribeAsync(source));
            Assert.Equal(result.From, result.To);
        },
        iter: 400, threads: 1);

    private static async Task FillAsync(PartitionedMemoryLog log, int events, Random random)
    {
        for (var i = 0; i < events; i++)
        {
            var key = random.Next(6);
            await log.AppendAsync(Event.Create(
                new EventDraft
                {
                    Source = "app",
                    Key = key == 0 ? default : Encoding.UTF8.GetBytes($"k{key}"),
                    ReceivedAt = Now.AddMilliseconds(i + random.Next(5)),
                    TraceParent = i % 2 == 0 ? "00-trace" : null,
                    Type = i % 3 == 0 ? "track" : null,
                    RequestedDestinations = i % 5 == 0 ? ["crm"] : null,
                    OwnId = i % 7 == 0 ? $"evt_other-0-0-{i}" : null,
                },
                new ReadOnlySequence<byte>(Encoding.UTF8.GetBytes($"{i}"))));
        }

        foreach (var partition in log.Partitions)
        {
            foreach (var name in (string[])["crm", "other"])
            {
                await FillAsync(partition, name, random);
            }
        }
    }

    private static async Task FillAsync(ILogPartition partition, string name, Random random)
    {
        var end = partition.EndPosition;
        var start = random.NextInt64(1, end + 1);
        var read = random.NextInt64(start, end + 1);
        var changes = new List<StateChange>();
        var outstanding = new List<long>();
        var parked = 0;
        for (var position = start; position < read; position++)
        {
            var @event = (await partition.GetAsync(position, Cancellation))!;
            var lane = @event.IsKeyed ? LaneId.OfKey(@event.KeyHash) : LaneId.OfPosition(position);
            switch (random.Next(6))
            {
                case 0:
                    outstanding.Add(position);
                    break;
                case 1 or 2:
                    // The further the destination had read, the later the replay, and the higher its turn.
                    var after = random.Next(3) == 0 ? random.NextInt64(position, read) : position;
                    changes.Add(new StateChange.Park(new ParkedEvent(lane, after, position, random.Next(4), Now, null, null, after > position ? after : 0)));
                    changes.Add(new StateChange.SetDue(lane, Now.AddSeconds((long)(lane.Value % 100))));
                    parked++;
                    break;
                case 3:
                    changes.Add(new StateChange.Bury(new DeadLetter(
                        position, lane, @event.Key, @event.Type, "rejected", new AttemptError("status", 400, "no"), default, Now, Now, 1, Now)));
                    break;
            }
        }

        var control = new DestinationControl(name == "crm", null);
        await partition.State.RegisterAsync(
            [new DestinationRecord { Name = name, StartPosition = start, Progress = Progress.StartingAt(start), LastListed = Now, Control = control }], [name], Now, Cancellation);
        if (random.Next(2) == 0)
        {
            changes.Add(new StateChange.GiveUp(new GivenUpRange(name, start, read, read - start, "skipped", Now)));
        }

        await partition.State.SaveAsync(
            [new DestinationSave(name) { Progress = new Progress(read, outstanding), Counters = new DestinationCounters(5, 2, parked), Changes = changes }], Cancellation);
    }

    // Told apart from LogSummary on purpose, and by the events' ids, which a copy must keep.
    private static async Task<string> DescribeAsync(PartitionedMemoryLog log)
    {
        var lines = new List<string>();
        var (counted, givenUp) = (new SortedDictionary<string, long>(StringComparer.Ordinal), 0L);
        foreach (var partition in log.Partitions)
        {
            var ids = (await partition.ReadAsync(1, long.MaxValue, int.MaxValue, Cancellation)).ToDictionary(@event => @event.Place.Position, @event => @event.Id);
            foreach (var record in await partition.State.LoadDestinationsAsync(Cancellation))
            {
                counted[record.Name] = counted.GetValueOrDefault(record.Name) + record.Counters.Delivered;
                Assert.Equal((await partition.State.CountLanesAsync(record.Name, Cancellation)).Sum(lane => lane.Events), record.Counters.ParkedEvents);
                var pending = ids.Keys.Where(position => position >= record.Progress.ReadPosition).Concat(record.Progress.Outstanding);
                lines.AddRange(pending.Select(position => $"{record.Name} pending {ids[position]}"));
                foreach (var lane in await partition.State.CountLanesAsync(record.Name, Cancellation))
                {
                    var due = (await partition.State.ReadDueAsync(record.Name, 1000, Cancellation)).Single(at => at.Lane == lane.Lane).Due;
                    var events = await partition.State.ReadLaneAsync(record.Name, lane.Lane, ParkedPlace.Start, 1000, Cancellation);
                    Assert.All(events, parked => Assert.True(parked.Lane.IsKeyed || parked.Lane == LaneId.OfPosition(parked.Position)));
                    lines.Add($"{record.Name} lane {due:O} {string.Join(',', events.Select(parked => $"{ids[parked.Position]}:{parked.Attempts}:{parked.Turn}"))} {record.Control}");
                }
            }

            foreach (var stored in await partition.State.ReadDeadLettersAsync(new DeadLetterQuery(null, DeadLetterFilter.All, null, null, 1000), Cancellation))
            {
                lines.Add($"{stored.Destination} dead {ids[stored.Letter.Position]} {stored.Letter.Class}");
            }

            foreach (var range in await partition.State.ReadGivenUpAsync(null, 1000, Cancellation))
            {
                givenUp += range.Events;
                lines.AddRange(ids.Keys.Where(position => position >= range.From && position < range.Before).Select(position => $"{range.Destination} given up {ids[position]}"));
            }
        }

        lines.Add($"given up {givenUp}, delivered {string.Join(',', counted)}");
        return string.Join('\n', lines.Order(StringComparer.Ordinal));
    }

    private static async Task<string> OrderOfKeysAsync(PartitionedMemoryLog log)
    {
        var events = new List<Event>();
        foreach (var partition in log.Partitions)
        {
            events.AddRange(await partition.ReadAsync(1, long.MaxValue, int.MaxValue, Cancellation));
        }

        // What has no key has no order.
        return string.Join('\n', events.GroupBy(@event => @event.Key ?? $"none {@event.Id}").OrderBy(key => key.Key, StringComparer.Ordinal)
            .Select(key => $"{key.Key}: {string.Join(',', key.Select(@event => $"{@event.Id} {@event.Type} {@event.TraceParent} {@event.ReceivedAt:O} {Encoding.UTF8.GetString(@event.Body.Span)}"))}"));
    }
}
