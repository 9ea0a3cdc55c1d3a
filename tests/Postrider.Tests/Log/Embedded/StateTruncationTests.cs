using Postrider.Log;
using Postrider.Log.Embedded;

namespace Postrider.Tests.Log.Embedded;

/// <summary>What replays, ranges given up and time do to truncation, and truncation to them.</summary>
public sealed class StateTruncationTests : IDisposable
{
    private static readonly LaneId Lane = LaneId.OfKey(8);

    private readonly EmbeddedLogFolder _folder = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task TruncateNowAsync_ReplayOverTheLog_SparesWhatItHasYetToRead()
    {
        var log = await OpenFilledAsync(settled: 201);
        var state = log.Partitions[0].State;
        await state.AddReplayAsync(Replay("rpl_1", from: 20, before: 150), Cancellation);

        await log.TruncateNowAsync(Cancellation);
        Assert.InRange(log.Partitions[0].FirstPosition, 1, 20);
        Assert.True(log.GetUsage().UnsettledBytes > 150 * 1000);
        await SaveAsync(log, new StateChange.Replayed("rpl_1", new ReplayProgress(ReplayState.Running, 140, 1)));
        Assert.True(await log.TruncateNowAsync(Cancellation) > 0);
        Assert.InRange(log.Partitions[0].FirstPosition, 21, 140);
        await log.DisposeAsync();

        await using var again = await _folder.OpenAsync();
        await again.TruncateNowAsync(Cancellation);
        Assert.InRange(again.Partitions[0].FirstPosition, 21, 140);
        await SaveAsync(again, new StateChange.Replayed("rpl_1", new ReplayProgress(ReplayState.Running, 150, 1)));
        await again.TruncateNowAsync(Cancellation);
        Assert.True(again.Partitions[0].FirstPosition > 150);
        Assert.Equal(0, again.GetUsage().UnsettledBytes);
    }

    [Theory]
    [InlineData(ReplayState.Done)]
    [InlineData(ReplayState.Cancelled)]
    [InlineData(ReplayState.Failed)]
    internal async Task TruncateNowAsync_ReplayEnded_SparesNothing(ReplayState how)
    {
        await using var log = await OpenFilledAsync(settled: 201);
        var state = log.Partitions[0].State;
        await state.AddReplayAsync(Replay("rpl_1", from: 1, before: 150), Cancellation);
        Assert.Equal(0, await log.TruncateNowAsync(Cancellation));

        await state.EndReplayAsync("rpl_1", new ReplayProgress(how, 10, 1, _folder.Time.GetUtcNow()), Cancellation);
        await SaveAsync(log, new StateChange.Replayed("rpl_1", new ReplayProgress(ReplayState.Running, 12, 1)));

        Assert.True(await log.TruncateNowAsync(Cancellation) > 0);
        Assert.True(log.Partitions[0].FirstPosition > 150);
    }

    [Fact]
    public async Task TruncateNowAsync_ReplayOfDeadLettersOrOfAForgottenDestination_SparesNothing()
    {
        await using var log = await OpenFilledAsync(settled: 201);
        var state = log.Partitions[0].State;
        await state.RegisterAsync([New("gone", 201)], ["gone"], default, Cancellation);
        await state.AddReplayAsync(Replay("rpl_1", from: 1, before: 150) with { OfDeadLetters = true }, Cancellation);
        await state.AddReplayAsync(Replay("rpl_2", from: 1, before: 150) with { Destination = "gone" }, Cancellation);
        Assert.Equal(0, await log.TruncateNowAsync(Cancellation));

        await state.ForgetAsync(new GivenUpRange("gone", 201, 201, 0, "left", _folder.Time.GetUtcNow()), Cancellation);

        Assert.True(await log.TruncateNowAsync(Cancellation) > 0);
    }

    [Fact]
    public async Task TruncateNowAsync_SpaceShort_StillSparesWhatAReplayReads()
    {
        var options = _folder.Options with { Retain = TimeSpan.FromHours(1), MinFreeDiskBytes = 1 << 20 };
        await using var log = await OpenFilledAsync(settled: 201, options);
        await log.Partitions[0].State.AddReplayAsync(Replay("rpl_1", from: 100, before: 150), Cancellation);
        _folder.Storage.Space = () => new DiskSpace(1L << 40, 1000);

        Assert.True(await log.TruncateNowAsync(Cancellation) > 0);

        Assert.InRange(log.Partitions[0].FirstPosition, 2, 100);
        Assert.Equal(LogState.Full, log.Condition.State);
        Assert.Contains("rpl_1", log.Condition.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TruncateNowAsync_LetterReplayedFromAnOldSegment_KeepsItsBodyWhileItIsParked()
    {
        await using var log = await OpenFilledAsync(settled: 201);
        await SaveAsync(log, new StateChange.Bury(Letter(5)), new StateChange.Bury(Letter(6)));
        Assert.True(await log.TruncateNowAsync(Cancellation) > 0);

        await SaveAsync(log, new StateChange.Exhume(5), new StateChange.Park(new ParkedEvent(Lane, 200, 5, 0, default, null, null, 1)), new StateChange.DeleteLetter(6));
        await log.TruncateNowAsync(Cancellation);
        Assert.NotNull(await log.Partitions[0].GetAsync(5, Cancellation));
        Assert.Null(await log.Partitions[0].GetAsync(6, Cancellation));

        await SaveAsync(log, new StateChange.Unpark(Lane, new ParkedPlace(200, 5, 1)));
        await log.TruncateNowAsync(Cancellation);
        Assert.Null(await log.Partitions[0].GetAsync(5, Cancellation));
    }

    [Fact]
    public async Task TruncateNowAsync_DeletedByHand_LetsGoOfTheBody()
    {
        await using var log = await OpenFilledAsync(settled: 201);
        await SaveAsync(log, new StateChange.Bury(Letter(5)));
        await log.TruncateNowAsync(Cancellation);
        Assert.NotNull(await log.Partitions[0].GetAsync(5, Cancellation));

        await log.Partitions[0].State.DeleteDeadLettersAsync("crm", [5], Cancellation);
        await log.TruncateNowAsync(Cancellation);

        Assert.Null(await log.Partitions[0].GetAsync(5, Cancellation));
    }

    [Fact]
    public async Task TruncateNowAsync_GivenUpRanges_GoOnceTheirEventsAreGoneForAMonth()
    {
        await using var log = await OpenFilledAsync(settled: 150);
        var state = log.Partitions[0].State;
        var now = _folder.Time.GetUtcNow();
        await SaveAsync(log, 150, new StateChange.GiveUp(new GivenUpRange("crm", 2, 9, 7, "gone", now)), new StateChange.GiveUp(new GivenUpRange("crm", 190, 199, 9, "held", now)));
        Assert.True(await log.TruncateNowAsync(Cancellation) > 0);
        Assert.Equal(2, (await state.ReadGivenUpAsync(null, 10, Cancellation)).Count);

        _folder.Time.Advance(TimeSpan.FromDays(29));
        await log.TruncateNowAsync(Cancellation);
        Assert.Equal(2, (await state.ReadGivenUpAsync(null, 10, Cancellation)).Count);
        _folder.Time.Advance(TimeSpan.FromDays(2));
        await log.TruncateNowAsync(Cancellation);

        Assert.Equal("held", Assert.Single(await state.ReadGivenUpAsync(null, 10, Cancellation)).Reason);
    }

    [Fact]
    public async Task TruncateNowAsync_VeryManyGivenUpRanges_OnlyTheNewestStay()
    {
        await using var log = await OpenFilledAsync(settled: 201);
        await log.Database.WriteAsync(
            connection =>
            {
                Statement.Execute(connection, $"""
                    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100010)
                    INSERT INTO given_up(dest, from_pos, before_pos, events, reason, at)
                    SELECT 1, 1, CASE i WHEN 3 THEN 999 ELSE 2 END, 1, 'x', {_folder.Time.GetUtcNow().ToUnixTimeMilliseconds()} FROM n
                    """);
                return 0;
            },
            Cancellation);

        await log.TruncateNowAsync(Cancellation);

        var kept = await log.Partitions[0].State.ReadGivenUpAsync("crm", 200_000, Cancellation);
        Assert.Equal((100_001, 100_010L, 11L, 3L), (kept.Count, kept[0].Number, kept[^2].Number, kept[^1].Number));
    }

    [Fact]
    public async Task TruncateNowAsync_AfterAWeek_ForgetsFinishedReplaysAndRejectedIngest()
    {
        await using var log = await OpenFilledAsync(settled: 1);
        var state = log.Partitions[0].State;
        await state.AddReplayAsync(Replay("rpl_done", 1, 2) with { OfDeadLetters = true }, Cancellation);
        await state.EndReplayAsync("rpl_done", new ReplayProgress(ReplayState.Done, 2, 1, _folder.Time.GetUtcNow()), Cancellation);
        await state.AddReplayAsync(Replay("rpl_log", 1, 2), Cancellation);
        await state.EndReplayAsync("rpl_log", new ReplayProgress(ReplayState.Done, 2, 1, _folder.Time.GetUtcNow()), Cancellation);
        await state.AddReplayAsync(Replay("rpl_running", 1, 2), Cancellation);
        await state.AddRejectedAsync([new RejectedIngest(0, "app", _folder.Time.GetUtcNow(), "x", default)], Cancellation);

        _folder.Time.Advance(TimeSpan.FromDays(6));
        await log.TruncateNowAsync(Cancellation);
        Assert.Equal(3, (await state.LoadReplaysAsync(Cancellation)).Count);
        Assert.Single(await state.ReadRejectedAsync(null, null, 10, Cancellation));
        _folder.Time.Advance(TimeSpan.FromDays(2));
        await log.TruncateNowAsync(Cancellation);

        // The log still holds the event that rpl_log replayed.
        Assert.Equal(["rpl_running", "rpl_log"], (await state.LoadReplaysAsync(Cancellation)).Select(replay => replay.Id));
        Assert.Empty(await state.ReadRejectedAsync(null, null, 10, Cancellation));
    }

    private static DeadLetter Letter(long position) =>
        new(position, Lane, null, null, "rejected", new AttemptError("status", 400, "no"), ReadOnlyMemory<byte>.Empty, null, null, 1, default);

    private static DestinationRecord New(string name, long start) =>
        new() { Name = name, StartPosition = start, Progress = Progress.StartingAt(start), LastListed = default };

    private static Task SaveAsync(EmbeddedLog log, params IReadOnlyList<StateChange> changes) => SaveAsync(log, 201, changes);

    private static Task SaveAsync(EmbeddedLog log, long cursor, params IReadOnlyList<StateChange> changes) => log.Partitions[0].State.SaveAsync(
        [new DestinationSave("crm") { Progress = Progress.StartingAt(cursor), Counters = default, Changes = changes }], Cancellation);

    private ReplayJob Replay(string id, long from, long before) => new()
    {
        Id = id,
        Destination = "crm",
        OfDeadLetters = false,
        Filter = DeadLetterFilter.All,
        From = from,
        Before = before,
        Total = before - from,
        CreatedAt = _folder.Time.GetUtcNow(),
        Progress = new ReplayProgress(ReplayState.Running, from, 0),
    };

    /// <summary>200 events of about 1,100 bytes in segments of 64 KiB, and a destination that has settled those below the position.</summary>
    private async Task<EmbeddedLog> OpenFilledAsync(long settled, EmbeddedLogOptions? options = null)
    {
        var log = await _folder.OpenAsync(options);
        await log.Partitions[0].State.RegisterAsync([New("crm", 1)], ["crm"], default, Cancellation);
        foreach (var group in Enumerable.Range(0, 200).Select(i => TestEvents.Numbered(i, 1000)).Chunk(10))
        {
            await log.AppendAsync(group);
        }

        await SaveAsync(log, settled);
        return log;
    }
}
