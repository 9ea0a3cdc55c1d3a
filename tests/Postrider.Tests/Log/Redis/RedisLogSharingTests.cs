using System.Collections.Concurrent;
using CsCheck;
using Postrider.Events;
using Postrider.Log;
using Postrider.Log.Redis;
using Eventually = Postrider.Tests.Gateway.Eventually;

namespace Postrider.Tests.Log.Redis;

/// <summary>Several logs, processes and settings on one Redis.</summary>
public sealed class RedisLogSharingTests(RedisServer server) : IClassFixture<RedisServer>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task TwoProcesses_BothHearAllInOrderWithoutGaps()
    {
        var options = server.Options();
        await using var one = await server.OpenAsync(options);
        await using var other = await server.OpenAsync(options);
        var heard = new[] { one, other }.Select(log =>
        {
            var seen = new ConcurrentQueue<Event>();
            log.Partitions[0].Listen(batch => batch.Events.ToList().ForEach(seen.Enqueue));
            return seen;
        }).ToList();

        await Task.WhenAll(new[] { one, other }.SelectMany(log => Enumerable.Range(0, 4).Select(client => Task.Run(async () =>
        {
            for (var i = 0; i < 50; i++)
            {
                await log.AppendAsync(TestEvents.Numbered(i));
            }
        }, Cancellation))));

        Assert.Equal(one.Id, other.Id);
        foreach (var seen in heard)
        {
            await Eventually.IsTrueAsync("all are heard of", () => seen.Count == 400);
            Assert.Equal(Enumerable.Range(1, 400).Select(i => (long)i), seen.Select(e => e.Place.Position));
        }

        Assert.Equal(heard[0].Select(e => (e.Id, TestEvents.Text(e))), heard[1].Select(e => (e.Id, TestEvents.Text(e))));
    }

    [Fact]
    public async Task TwoProcesses_OneAppends_TheOtherIsToldLongBeforeItWouldAsk()
    {
        var options = server.Options() with { Partitions = 4 };
        await using var one = await server.OpenAsync(options);
        await using var other = await server.OpenAsync(options);
        var heard = new ConcurrentQueue<Event>();
        foreach (var partition in other.Partitions)
        {
            partition.Listen(batch => batch.Events.ToList().ForEach(heard.Enqueue));
        }

        var times = new List<TimeSpan>();
        for (var i = 0; i < 15; i++)
        {
            var count = heard.Count;
            var began = TimeProvider.System.GetTimestamp();
            await one.AppendAsync(TestEvents.Create($"{i}", key: "ada"));
            await Eventually.IsTrueAsync("it is heard of", () => heard.Count > count);
            times.Add(TimeProvider.System.GetElapsedTime(began));
        }

        // By the poll of each second it would be a whole one, for each is stored right after a poll found the last. A machine that is busy with
        // something else delays some.
        Assert.True(times.Order().ElementAt(times.Count / 3) < TimeSpan.FromMilliseconds(500), string.Join(", ", times));
    }

    [Fact]
    public async Task TwoPrefixes_AreTwoLogs()
    {
        await using var one = await server.OpenAsync(server.Options());
        await using var other = await server.OpenAsync(server.Options());

        await one.AppendAsync(TestEvents.Numbered(1));

        Assert.NotEqual(one.Id, other.Id);
        Assert.Equal(2, one.Partitions[0].EndPosition);
        Assert.Equal(1, other.Partitions[0].EndPosition);
    }

    [Fact]
    public async Task OpenAsync_OtherNumberOfPartitions_IsRefusedWithTheCure()
    {
        var options = server.Options() with { Partitions = 4 };
        await (await server.OpenAsync(options)).DisposeAsync();

        var refused = await Assert.ThrowsAsync<LogUnusableException>(() => server.OpenAsync(options with { Partitions = 8 }));

        Assert.Contains("partitions: 4", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AppendAsync_GroupOverPartitions_KeepsEachKeyTogetherAndInOrder()
    {
        await using var log = await server.OpenAsync(server.Options() with { Partitions = 4 });
        var group = Enumerable.Range(0, 200).Select(i => TestEvents.Create($"{i}", key: $"user-{i % 20}")).ToList();

        await log.AppendAsync(group);

        Assert.True(group.Select(e => e.Place.Partition).Distinct().Count() > 1);
        foreach (var ofKey in group.GroupBy(e => e.Key))
        {
            Assert.Single(ofKey.Select(e => e.Place.Partition).Distinct());
            Assert.Equal(ofKey.Select(e => e.Place.Position).Order(), ofKey.Select(e => e.Place.Position));
        }
    }

    [Fact]
    public async Task RepeatKeys_AgainstAModel_AgreeInEveryCall() => await Gen.Select(Gen.Int[0, 7], Gen.Int[0, 1]).Array[1, 12].Array[1, 6].SampleAsync(
        async calls =>
        {
            await using var log = await server.OpenAsync(server.Options());
            var known = new Dictionary<int, (long Position, int Body)>();
            var end = 1L;
            foreach (var call in calls)
            {
                var events = call.Select(each => TestEvents.Repeatable($"id-{each.Item1}", each.Item2)).ToList();
                await log.AppendAsync(events);
                for (var i = 0; i < call.Length; i++)
                {
                    var (id, body) = call[i];
                    var isNew = known.TryAdd(id, (end, body));
                    end += isNew ? 1 : 0;
                    Assert.Equal(known[id].Position, events[i].Place.Position);
                    Assert.Equal(isNew ? Repeat.None : known[id].Body == body ? Repeat.Same : Repeat.Conflicting, events[i].Repeat);
                }
            }

            Assert.Equal(end, log.Partitions[0].EndPosition);
        },
        iter: 30, threads: 1);

    [Fact]
    public async Task Trim_WhileACursorStandsBelow_StopsThereAndKeepsBodiesUntilTheyAreReleased()
    {
        var options = server.Options() with { Retain = TimeSpan.Zero };
        await using var log = await server.OpenAsync(options);
        var (partition, keys) = (log.Partitions[0], new PartitionKeys(options.Prefix, 0));
        for (var i = 1; i <= 10; i++)
        {
            await log.AppendAsync(TestEvents.Numbered(i));
        }

        var record = new DestinationRecord { Name = "crm", StartPosition = 1, Progress = Progress.StartingAt(1), LastListed = DateTimeOffset.UnixEpoch };
        await partition.State.RegisterAsync([record], ["crm"], DateTimeOffset.UnixEpoch, Cancellation);
        var lane = LaneId.OfKey(7);
        StateChange[] park = [new StateChange.Park(new ParkedEvent(lane, 3, 3, 1, DateTimeOffset.UnixEpoch, null, null))];
        await partition.State.SaveAsync([new DestinationSave("crm") { Progress = Progress.StartingAt(6), Counters = default, Changes = park }], Cancellation);

        // As a process would whose view of the cursors is old.
        var overtaking = await server.Database.ScriptEvaluateAsync(
            RedisScripts.Trim, [keys.Meta, keys.Log, keys.Bodies, keys.References, keys.State("pins")], [partition.Generation, 11, partition.Generation, 1000, 100, ""]);
        await log.TrimNowAsync(Cancellation);

        Assert.Equal("6", ((string[])overtaking!)[1]);
        Assert.Equal(6, partition.FirstPosition);
        Assert.Equal(5, await server.Database.StreamLengthAsync(keys.Log));
        Assert.Equal(TestEvents.Text(TestEvents.Numbered(3)), TestEvents.Text((await partition.GetAsync(3, Cancellation))!));
        Assert.Null(await partition.GetAsync(4, Cancellation));
        await partition.State.SaveAsync(
            [new DestinationSave("crm") { Progress = Progress.StartingAt(6), Counters = default, Changes = [new StateChange.Unpark(lane, new ParkedPlace(3, 3))] }], Cancellation);
        Assert.Null(await partition.GetAsync(3, Cancellation));
        Assert.Equal(0, await server.Database.HashLengthAsync(keys.Bodies));
    }

    [Fact]
    public async Task Full_ThenSettled_TakesAppendsAgainUnaided()
    {
        var used = long.Parse(server.Ask("INFO memory").Split("used_memory:")[1].Split('\r')[0], System.Globalization.CultureInfo.InvariantCulture);
        await using var log = await server.OpenAsync(server.Options() with { MaxMemoryBytes = used + (24 << 20), Retain = TimeSpan.FromHours(1) });
        var state = log.Partitions[0].State;
        var record = new DestinationRecord { Name = "crm", StartPosition = 1, Progress = Progress.StartingAt(1), LastListed = DateTimeOffset.UnixEpoch };
        await state.RegisterAsync([record], ["crm"], DateTimeOffset.UnixEpoch, Cancellation);
        var padded = Enumerable.Range(0, 20).Select(i => TestEvents.Numbered(i, padding: 50_000)).ToList();
        using var pause = new PeriodicTimer(TimeSpan.FromMilliseconds(10));

        while (log.Condition.State is not LogState.Full)
        {
            await pause.WaitForNextTickAsync(Cancellation);
            try
            {
                await log.AppendAsync([.. padded.Select(e => TestEvents.Create(TestEvents.Text(e)))]);
            }
            catch (LogUnavailableException)
            {
                // It became full between the question and the append.
            }
        }

        await Eventually.IsTrueAsync("the condition names what holds the most", () => log.Condition.Reason?.Contains("crm", StringComparison.Ordinal) is true);
        var refused = await Assert.ThrowsAsync<LogUnavailableException>(async () => await log.AppendAsync(TestEvents.Numbered(1)));
        var end = log.Partitions[0].EndPosition;
        await state.SaveAsync([new DestinationSave("crm") { Progress = Progress.StartingAt(end), Counters = default, Changes = [] }], Cancellation);
        await Eventually.IsTrueAsync("there is room again", () => log.Condition.State is LogState.Ready);
        await log.AppendAsync(TestEvents.Numbered(2));

        Assert.Contains("crm", refused.Message, StringComparison.Ordinal);
        Assert.Equal(end, log.Partitions[0].FirstPosition);
        await Assert.ThrowsAsync<LogCorruptException>(async () => await log.Partitions[0].ReadAsync(1, 2, 1000, Cancellation));
    }
}
