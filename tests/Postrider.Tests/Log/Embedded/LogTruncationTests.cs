using Postrider.Log;
using Postrider.Log.Embedded;

namespace Postrider.Tests.Log.Embedded;

public sealed class LogTruncationTests : IDisposable
{
    private static readonly LaneId Lane = LaneId.OfKey(8);

    private readonly EmbeddedLogFolder _folder = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task TruncateNowAsync_SettledSegments_GivesTheDiskBack()
    {
        await using var log = await OpenFilledAsync(_folder.Options);
        var (before, reader) = (_folder.Segments.Count, log.Partitions[0]);
        await reader.ReadAsync(1, 2, 1, Cancellation);

        await SaveAsync(log, 150);
        var removed = await log.TruncateNowAsync(Cancellation);

        Assert.True(removed > 0);
        Assert.Equal(before - removed, _folder.Segments.Count);
        Assert.InRange(reader.FirstPosition, 2, 150);
        Assert.Null(await reader.GetAsync(1, Cancellation));
        await Assert.ThrowsAsync<LogCorruptException>(async () => await reader.ReadAsync(1, 10, 1000, Cancellation));
        Assert.Equal(reader.FirstPosition, (await reader.ReadAsync(reader.FirstPosition, long.MaxValue, 1, Cancellation))[0].Place.Position);
        Assert.Equal(LogState.Ready, log.Condition.State);
        Assert.Equal(_folder.Segments.Count - 1, Directory.GetFiles(_folder.Events, "*.idx").Length);
    }

    [Fact]
    public async Task TruncateNowAsync_UnsettledEvents_Stay()
    {
        await using var log = await OpenFilledAsync(_folder.Options);

        Assert.Equal(0, await log.TruncateNowAsync(Cancellation));
        Assert.Equal(1, log.Partitions[0].FirstPosition);
    }

    [Fact]
    public async Task TruncateNowAsync_WholeLogSettled_SealsAndDropsTheActiveSegmentToo()
    {
        await using var log = await OpenFilledAsync(_folder.Options);
        await SaveAsync(log, 201);
        _folder.Time.Advance(TimeSpan.FromMinutes(2));

        await log.TruncateNowAsync(Cancellation);

        Assert.Equal(201, log.Partitions[0].FirstPosition);
        Assert.Equal(SegmentHeader.Length, _folder.Segments.Sum(path => new FileInfo(path).Length));
        var next = TestEvents.Numbered(1);
        await log.AppendAsync(next);
        Assert.Equal(201, next.Place.Position);
    }

    [Fact]
    public async Task TruncateNowAsync_NoDestinations_DropsAllOnceThatIsKnown()
    {
        await using var log = await OpenFilledAsync(_folder.Options, register: false);
        Assert.Equal(0, await log.TruncateNowAsync(Cancellation));

        await log.Partitions[0].State.RegisterAsync([], [], default, Cancellation);

        Assert.True(await log.TruncateNowAsync(Cancellation) > 0);
    }

    [Fact]
    public async Task TruncateNowAsync_ParkedEventsAndDeadLetters_KeepTheirBodiesUntilTheyAreGone()
    {
        var log = await OpenFilledAsync(_folder.Options);
        await SaveAsync(
            log, 201,
            new StateChange.Park(new ParkedEvent(Lane, 3, 3, 1, DateTimeOffset.UnixEpoch, null, null)),
            new StateChange.Bury(Letter(5)));
        await log.TruncateNowAsync(Cancellation);
        await log.DisposeAsync();

        await using var again = await _folder.OpenAsync();
        var partition = again.Partitions[0];
        Assert.True(partition.FirstPosition > 5);
        Assert.Equal(TestEvents.Text(TestEvents.Numbered(2, 1000)), TestEvents.Text((await partition.GetAsync(3, Cancellation))!));
        Assert.NotNull(await partition.GetAsync(5, Cancellation));
        Assert.Null(await partition.GetAsync(4, Cancellation));

        await again.TruncateNowAsync(Cancellation);
        await SaveAsync(again, 201, new StateChange.Unpark(Lane, new ParkedPlace(3, 3)));
        await again.TruncateNowAsync(Cancellation);
        Assert.Null(await partition.GetAsync(3, Cancellation));
        Assert.NotNull(await partition.GetAsync(5, Cancellation));
    }

    [Fact]
    public async Task TruncateNowAsync_ManyKeptBodiesGone_ShrinksTheStateAgain()
    {
        await using var log = await OpenFilledAsync(_folder.Options);
        await SaveAsync(log, 201, [.. Enumerable.Range(1, 180).Select(i => new StateChange.Park(new ParkedEvent(Lane, i, i, 0, DateTimeOffset.UnixEpoch, null, null)))]);
        await log.TruncateNowAsync(Cancellation);
        var grown = new FileInfo(_folder.State).Length;

        await SaveAsync(log, 201, [.. Enumerable.Range(1, 180).Select(i => new StateChange.Unpark(Lane, new ParkedPlace(i, i)))]);
        await log.TruncateNowAsync(Cancellation);

        Assert.True(new FileInfo(_folder.State).Length < grown / 2);
    }

    [Fact]
    public async Task TruncateNowAsync_WithinRetention_KeepsSegmentsFromTheirSettlementOnEvenOverARestart()
    {
        var options = _folder.Options with { Retain = TimeSpan.FromHours(1) };
        var log = await OpenFilledAsync(options);
        _folder.Time.Advance(TimeSpan.FromHours(5));
        await SaveAsync(log, 150);
        Assert.Equal(0, await log.TruncateNowAsync(Cancellation));
        _folder.Time.Advance(TimeSpan.FromMinutes(40));
        await log.DisposeAsync();

        await using var again = await _folder.OpenAsync(options);
        Assert.Equal(0, await again.TruncateNowAsync(Cancellation));
        Assert.Equal(1, again.Partitions[0].FirstPosition);
        _folder.Time.Advance(TimeSpan.FromMinutes(21));

        // The log's own pass may be the one that does it.
        await again.TruncateNowAsync(Cancellation);
        Assert.True(again.Partitions[0].FirstPosition > 1);
    }

    [Fact]
    public async Task TruncateNowAsync_SpaceShort_RetentionYieldsOnlyAsFarAsNeeded()
    {
        var options = _folder.Options with { Retain = TimeSpan.FromHours(1), MinFreeDiskBytes = 1 << 20 };
        await using var log = await OpenFilledAsync(options);
        await SaveAsync(log, 201);
        var looks = 0;
        _folder.Storage.Space = () => new DiskSpace(1L << 40, looks++ < 2 ? 1 << 20 : 1L << 30);

        var removed = await log.TruncateNowAsync(Cancellation);

        Assert.Equal(2, removed);
        Assert.True(_folder.Segments.Count > 2);
        Assert.Equal(LogState.Ready, log.Condition.State);
    }

    [Fact]
    public async Task AppendAsync_MaxSizeReached_IsRefusedUntilProgressMakesRoom()
    {
        await using var log = await _folder.OpenAsync(_folder.Options with { MaxSizeBytes = 3 << 20 });
        await RegisterAsync(log);
        LogUnavailableException? refused = null;
        for (var i = 0; i < 4000 && refused is null; i++)
        {
            refused = await Record.ExceptionAsync(async () => await log.AppendAsync(TestEvents.Numbered(i, 1000))) as LogUnavailableException;
        }

        Assert.NotNull(refused);
        Assert.Contains("log.maxSize", refused.Message, StringComparison.Ordinal);
        Assert.Contains("'crm'", refused.Message, StringComparison.Ordinal);
        Assert.Equal(LogState.Full, log.Condition.State);
        await log.TruncateNowAsync(Cancellation);
        Assert.Equal(LogState.Full, log.Condition.State);
        Assert.True(log.GetUsage().UnsettledBytes > 1 << 20);

        await SaveAsync(log, log.Partitions[0].EndPosition);
        await log.TruncateNowAsync(Cancellation);

        Assert.Equal(LogState.Ready, log.Condition.State);
        Assert.Equal(0, log.GetUsage().UnsettledBytes);
        await log.AppendAsync(TestEvents.Numbered(1));
    }

    [Fact]
    public async Task AppendAsync_MinFreeDiskReached_IsRefusedAndParkingHoldsBelowHalf()
    {
        var free = 10L << 20;
        _folder.Storage.Space = () => new DiskSpace(1L << 40, free);
        await using var log = await _folder.OpenAsync(_folder.Options with { MinFreeDiskBytes = 4 << 20 });
        await log.AppendAsync(TestEvents.Numbered(1));
        Assert.False(log.HoldParking);

        free = 3 << 20;
        await log.TruncateNowAsync(Cancellation);
        var refused = await Assert.ThrowsAsync<LogUnavailableException>(async () => await log.AppendAsync(TestEvents.Numbered(2)));
        Assert.Contains("log.minFreeDisk", refused.Message, StringComparison.Ordinal);
        Assert.False(log.HoldParking);

        free = 1 << 20;
        await log.TruncateNowAsync(Cancellation);
        Assert.True(log.HoldParking);

        free = 10 << 20;
        await log.TruncateNowAsync(Cancellation);
        await log.AppendAsync(TestEvents.Numbered(3));
        Assert.False(log.HoldParking);
        Assert.Equal(LogCondition.Ready, log.Condition);
    }

    [Fact]
    public async Task RegisterAsync_StartThatIsGone_IsRefused()
    {
        await using var log = await OpenFilledAsync(_folder.Options);
        await SaveAsync(log, 150);
        await log.TruncateNowAsync(Cancellation);

        await Assert.ThrowsAsync<InvalidOperationException>(() => RegisterAsync(log, "late"));
    }

    [Fact]
    public async Task FindEventAsync_RoutesOfTruncatedPositions_AreDroppedButTheOneInForceStays()
    {
        await using var log = await OpenFilledAsync(_folder.Options);
        await SaveAsync(log, 201, new StateChange.Route(1, "one"), new StateChange.Route(2, "two"), new StateChange.Route(199, "three"));

        await log.TruncateNowAsync(Cancellation);

        var state = log.Partitions[0].State;
        Assert.Null((await state.FindEventAsync("crm", 1, Cancellation)).Routes);
        Assert.Equal("two", (await state.FindEventAsync("crm", 198, Cancellation)).Routes);
        Assert.Equal("three", (await state.FindEventAsync("crm", 199, Cancellation)).Routes);
    }

    private static DeadLetter Letter(long position) =>
        new(position, Lane, null, null, "rejected", new AttemptError("status", 400, "no"), ReadOnlyMemory<byte>.Empty, null, null, 1, default);

    private static Task RegisterAsync(EmbeddedLog log, string name = "crm") => log.Partitions[0].State.RegisterAsync(
        [new DestinationRecord { Name = name, StartPosition = 1, Progress = Progress.StartingAt(1), LastListed = default }], [name], default, Cancellation);

    private static Task SaveAsync(EmbeddedLog log, long cursor, params IReadOnlyList<StateChange> changes) => log.Partitions[0].State.SaveAsync(
        [new DestinationSave("crm") { Progress = Progress.StartingAt(cursor), Counters = default, Changes = changes }], Cancellation);

    /// <summary>200 events of about 1,100 bytes in segments of 64 KiB, and a destination at the first.</summary>
    private async Task<EmbeddedLog> OpenFilledAsync(EmbeddedLogOptions options, bool register = true)
    {
        var log = await _folder.OpenAsync(options);
        if (register)
        {
            await RegisterAsync(log);
        }

        foreach (var group in Enumerable.Range(0, 200).Select(i => TestEvents.Numbered(i, 1000)).Chunk(10))
        {
            await log.AppendAsync(group);
        }

        return log;
    }
}
