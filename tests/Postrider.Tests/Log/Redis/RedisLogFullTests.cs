using Postrider.Events;
using Postrider.Log;
using Postrider.Log.Redis;
using Eventually = Postrider.Tests.Gateway.Eventually;

namespace Postrider.Tests.Log.Redis;

/// <summary>What takes memory in Redis is bounded, and what gives it back is done whatever Redis still takes.</summary>
public sealed class RedisLogFullTests(RedisServer server) : IClassFixture<RedisServer>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Full_RedisAtItsMaxMemory_StateIsSavedAndTheLogTrimmedUntilAppendsAreTaken()
    {
        // Its own guard sees nothing: others filled this Redis, or it filled within a second.
        var options = server.Options() with { Retain = TimeSpan.Zero };
        await using var log = await server.OpenAsync(options);
        var partition = log.Partitions[0];
        await partition.State.RegisterAsync([Begun("crm")], ["crm"], DateTimeOffset.UnixEpoch, Cancellation);
        await log.AppendAsync([.. Enumerable.Range(0, 200).Select(i => TestEvents.Numbered(i, padding: 10_000))]);
        await log.AppendAsync(TestEvents.Repeatable("soon", window: TimeSpan.FromMilliseconds(1)));
        await server.ConfigureAsync("maxmemory", $"{UsedMemory()}");
        try
        {
            // A key whose window is over may be forgotten then, but nothing may be stored on the strength of that.
            var refused = await Assert.ThrowsAsync<LogUnavailableException>(
                async () => await log.AppendAsync([.. Enumerable.Range(0, 9).Select(i => TestEvents.Repeatable($"id-{i}", new string('x', 10_000)))]));
            Assert.Contains("maxmemory", refused.Message, StringComparison.OrdinalIgnoreCase);
            Assert.Equal(202, partition.EndPosition);

            await partition.State.SaveAsync([new DestinationSave("crm") { Progress = Progress.StartingAt(202), Counters = default, Changes = [] }], Cancellation);
            await log.TrimNowAsync(Cancellation);
            Assert.Equal(202, partition.FirstPosition);
            await log.AppendAsync(TestEvents.Numbered(1));
        }
        finally
        {
            await server.ConfigureAsync("maxmemory", "0");
        }
    }

    [Fact]
    public async Task RepeatKeys_MoreThanThereIsRoomFor_TheOldestAreForgottenAndCounted()
    {
        var options = server.Options() with { MaxRepeatIds = 10 };
        await using var log = await server.OpenAsync(options);
        var keys = new PartitionKeys(options.Prefix, 0);
        await log.TrimNowAsync(Cancellation);
        for (var i = 0; i < 50; i++)
        {
            await log.AppendAsync(TestEvents.Repeatable($"id-{i}", window: TimeSpan.FromHours(1 + i)));
        }

        await log.TrimNowAsync(Cancellation);
        var usage = log.GetUsage().Repeats;
        var (oldest, newest) = (TestEvents.Repeatable("id-0"), TestEvents.Repeatable("id-49"));
        await log.AppendAsync(newest);
        await log.AppendAsync(oldest);

        Assert.Equal(new RepeatUsage(10, 10, 40), usage);
        Assert.Equal((Repeat.Same, Repeat.None), (newest.Repeat, oldest.Repeat));
        Assert.Equal(10, await server.Database.HashLengthAsync(keys.Repeats));
        Assert.Equal(10, await server.Database.SortedSetLengthAsync(keys.RepeatEnds));
    }

    [Fact]
    public async Task RepeatKeys_WindowsOverAndNothingComesIn_AreForgotten()
    {
        var options = server.Options();
        await using var log = await server.OpenAsync(options);
        var keys = new PartitionKeys(options.Prefix, 0);
        await log.AppendAsync([.. Enumerable.Range(0, 500).Select(i => TestEvents.Repeatable($"id-{i}", window: TimeSpan.FromMilliseconds(300)))]);

        await Delivery.Eventually.TrueAsync("their windows are over", async () =>
        {
            await log.TrimNowAsync(Cancellation);
            return await server.Database.SortedSetLengthAsync(keys.RepeatEnds) == 0;
        });

        Assert.Equal(0, await server.Database.HashLengthAsync(keys.Repeats));
        Assert.Equal((0L, 0L), (log.GetUsage().Repeats!.Ids, log.GetUsage().Repeats!.ForgottenEarly));
    }

    [Fact]
    public async Task RepeatKeys_WithoutAKeyAndManyPartitions_AreRecognised()
    {
        await using var log = await server.OpenAsync(server.Options() with { Partitions = 4 });
        var first = Enumerable.Range(0, 40).Select(i => TestEvents.Repeatable($"id-{i}")).ToList();
        var again = Enumerable.Range(0, 40).Select(i => TestEvents.Repeatable($"id-{i}")).ToList();
        await log.AppendAsync(first);

        foreach (var @event in again)
        {
            await log.AppendAsync(@event);
        }

        Assert.All(again, @event => Assert.Equal(Repeat.Same, @event.Repeat));
        Assert.Equal(first.Select(@event => @event.Id), again.Select(@event => @event.Id));
        Assert.Equal(4, first.Select(@event => @event.Place.Partition).Distinct().Count());
    }

    [Fact]
    public async Task Trim_BehindAGenerationThatNothingIsOf_ForgetsIt()
    {
        var options = server.Options() with { Retain = TimeSpan.Zero };
        var keys = new PartitionKeys(options.Prefix, 0);
        await using (var before = await server.OpenAsync(options))
        {
            await before.AppendAsync([TestEvents.Numbered(1), TestEvents.Numbered(2)]);
        }

        await server.Database.HashSetAsync(keys.Meta, "run", "another");
        await using var log = await server.OpenAsync(options);
        var (partition, lane) = (log.Partitions[0], LaneId.OfKey(7));
        await log.AppendAsync(TestEvents.Numbered(3));
        await partition.State.RegisterAsync([Begun("crm")], ["crm"], DateTimeOffset.UnixEpoch, Cancellation);
        StateChange[] park = [new StateChange.Park(new ParkedEvent(lane, 1, 1, 1, DateTimeOffset.UnixEpoch, null, null))];
        await partition.State.SaveAsync([new DestinationSave("crm") { Progress = Progress.StartingAt(4), Counters = default, Changes = park }], Cancellation);

        await log.TrimNowAsync(Cancellation);
        var whileParked = await GenerationsAsync(keys);
        await partition.State.SaveAsync(
            [new DestinationSave("crm") { Progress = Progress.StartingAt(4), Counters = default, Changes = [new StateChange.Unpark(lane, new ParkedPlace(1, 1))] }], Cancellation);
        await log.AppendAsync(TestEvents.Numbered(4));
        await partition.State.SaveAsync([new DestinationSave("crm") { Progress = Progress.StartingAt(5), Counters = default, Changes = [] }], Cancellation);
        await log.TrimNowAsync(Cancellation);

        Assert.Equal(2, whileParked.Count);
        Assert.Equal([$"g{partition.Generation}"], await GenerationsAsync(keys));
    }

    [Fact]
    public async Task MostHeld_FollowsTheLimitAndTheSizeOfEvents()
    {
        await using var log = await server.OpenAsync(server.Options() with { Partitions = 2, MaxMemoryBytes = 1L << 30 });
        await Eventually.IsTrueAsync("the limit is known", () => log.Partitions[0].MostHeld < 1 << 20);
        var before = log.Partitions[0].MostHeld;
        await log.AppendAsync([.. Enumerable.Range(0, 200).Select(i => TestEvents.Create(new string('x', 10_000), key: $"user-{i}"))]);

        Assert.InRange(before, 1000, (1L << 30) / 20 / 600);
        Assert.True(log.Partitions[0].MostHeld < before);
    }

    private async Task<IReadOnlyList<string>> GenerationsAsync(PartitionKeys keys) =>
        [.. (await server.Database.HashKeysAsync(keys.Meta)).Select(field => $"{field}").Where(field => field[0] == 'g' && char.IsAsciiDigit(field[^1]))];

    private static DestinationRecord Begun(string name) =>
        new() { Name = name, StartPosition = 1, Progress = Progress.StartingAt(1), LastListed = DateTimeOffset.UnixEpoch };

    private long UsedMemory() =>
        long.Parse(server.Ask("INFO memory").Split("used_memory:")[1].Split('\r')[0], System.Globalization.CultureInfo.InvariantCulture);
}
