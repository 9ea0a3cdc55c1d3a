using Postrider.Log;
using Postrider.Log.Embedded;

namespace Postrider.Tests.Log.Embedded;

public sealed class LogWriteFailureTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly EmbeddedLogFolder _folder = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task AppendAsync_SyncFails_RefusesThatEventAndGoesOnInANewFile()
    {
        await using var log = await _folder.OpenAsync();
        await log.AppendAsync(TestEvents.Numbered(0));
        var durable = new FileInfo(_folder.Segments[0]).Length;
        FailOnce(sync: true);

        await Assert.ThrowsAsync<LogUnavailableException>(async () => await log.AppendAsync(TestEvents.Numbered(1)));
        var later = TestEvents.Numbered(2);
        await log.AppendAsync(later);

        Assert.Equal(2, later.Place.Position);
        Assert.Equal(2, _folder.Segments.Count);
        Assert.Equal(durable, new FileInfo(_folder.Segments[0]).Length);
        Assert.Equal(LogState.Ready, log.Condition.State);
    }

    [Fact]
    public async Task AppendAsync_SyncFails_NeverSyncsThatFileAgain()
    {
        await using var log = await _folder.OpenAsync();
        await log.AppendAsync(TestEvents.Numbered(0));
        var failed = _folder.Segments[0];
        FailOnce(sync: true);
        await Assert.ThrowsAsync<LogUnavailableException>(async () => await log.AppendAsync(TestEvents.Numbered(1)));
        _folder.Storage.Syncs.Clear();

        await log.AppendAsync(TestEvents.Numbered(2));
        await log.DisposeAsync();

        Assert.DoesNotContain(failed, _folder.Storage.Syncs);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(10)]
    [InlineData(1000)]
    public async Task AppendAsync_WriteFailsShort_LosesNothingAcknowledged(int written)
    {
        var acknowledged = new List<string>();
        await using (var log = await _folder.OpenAsync())
        {
            for (var i = 0; i < 30; i++)
            {
                if (i % 7 == 3)
                {
                    FailOnce(sync: false, written);
                }

                try
                {
                    await log.AppendAsync(TestEvents.Numbered(i));
                    acknowledged.Add(TestEvents.Text(TestEvents.Numbered(i)));
                }
                catch (LogUnavailableException)
                {
                }
            }
        }

        Assert.Equal(26, acknowledged.Count);
        foreach (var index in Directory.GetFiles(_folder.Events, "*.idx"))
        {
            File.Delete(index);
        }

        await using var again = await _folder.OpenAsync();
        Assert.Equal(acknowledged, (await again.Partitions[0].ReadAsync(1, long.MaxValue, 1 << 20, Cancellation)).Select(TestEvents.Text));
    }

    [Fact]
    public async Task AppendAsync_FirstWriteOfASegmentFails_ReplacesTheEmptyFile()
    {
        await using var log = await _folder.OpenAsync();
        FailOnce(sync: true);

        await Assert.ThrowsAsync<LogUnavailableException>(async () => await log.AppendAsync(TestEvents.Numbered(0)));
        await log.AppendAsync(TestEvents.Numbered(1));

        Assert.Single(_folder.Segments);
        Assert.Equal(TestEvents.Text(TestEvents.Numbered(1)), TestEvents.Text((await log.Partitions[0].GetAsync(1, Cancellation))!));
    }

    [Fact]
    public async Task AppendAsync_EventsFramedBehindAFailedBatch_FailTooAndTheirPositionsAreGivenAgain()
    {
        await using var log = await _folder.OpenAsync();
        await log.AppendAsync(TestEvents.Numbered(0));
        using var syncing = new SemaphoreSlim(0);
        using var go = new SemaphoreSlim(0);
        _folder.Storage.OnSync = _ =>
        {
            _folder.Storage.Heal();
            syncing.Release();
            go.Wait(Patience, CancellationToken.None);
            return FaultyStorage.InputOutput;
        };

        var first = log.AppendAsync(TestEvents.Numbered(1)).AsTask();
        Assert.True(await syncing.WaitAsync(Patience, Cancellation));
        var behind = Enumerable.Range(2, 5).Select(i => log.AppendAsync(TestEvents.Numbered(i)).AsTask()).ToList();
        go.Release();

        await Assert.ThrowsAsync<LogUnavailableException>(() => first);
        foreach (var one in behind)
        {
            await Assert.ThrowsAsync<LogUnavailableException>(() => one);
        }

        var next = TestEvents.Numbered(9);
        await log.AppendAsync(next);
        Assert.Equal(2, next.Place.Position);
    }

    [Fact]
    public async Task AppendAsync_NoNewFileEither_FailsUntilARestart()
    {
        await using (var log = await _folder.OpenAsync())
        {
            await log.AppendAsync(TestEvents.Numbered(0));
            _folder.Storage.OnSync = _ => FaultyStorage.InputOutput;
            await Assert.ThrowsAsync<LogUnavailableException>(async () => await log.AppendAsync(TestEvents.Numbered(1)));
            _folder.Storage.Heal();

            await Assert.ThrowsAsync<LogUnavailableException>(async () => await log.AppendAsync(TestEvents.Numbered(2)));
            Assert.Equal(LogState.Failed, log.Condition.State);
            Assert.Single(await log.Partitions[0].ReadAsync(1, long.MaxValue, 1 << 20, Cancellation));
        }

        await using var again = await _folder.OpenAsync();
        await again.AppendAsync(TestEvents.Numbered(3));
        Assert.Equal(LogState.Ready, again.Condition.State);
    }

    [Fact]
    public async Task AppendAsync_DiskFull_RefusesUntilThereIsSpaceAndThenGoesOn()
    {
        await using var log = await _folder.OpenAsync();
        await log.AppendAsync(TestEvents.Numbered(0));
        _folder.Storage.OnWrite = _ => (3, FaultyStorage.NoSpace);
        _folder.Storage.OnCreate = _ => FaultyStorage.NoSpace;
        _folder.Storage.Space = () => new DiskSpace(1L << 40, 0);

        await Assert.ThrowsAsync<LogUnavailableException>(async () => await log.AppendAsync(TestEvents.Numbered(1)));
        await log.TruncateNowAsync(Cancellation);
        var refused = await Assert.ThrowsAsync<LogUnavailableException>(async () => await log.AppendAsync(TestEvents.Numbered(2)));
        Assert.Equal(LogState.Full, log.Condition.State);
        Assert.True(refused.RetryAfter > TimeSpan.Zero);

        _folder.Storage.Heal();
        _folder.Storage.Space = null;
        await log.TruncateNowAsync(Cancellation);
        var next = TestEvents.Numbered(3);
        await log.AppendAsync(next);

        Assert.Equal(2, next.Place.Position);
        Assert.Equal(LogState.Ready, log.Condition.State);
    }

    [Fact]
    public async Task AppendAsync_DiskDoesNotKeepUp_RefusesAboveTheBudget()
    {
        await using var log = await _folder.OpenAsync(_folder.Options with { MaxUnsyncedBytes = 10_000 });
        using var syncing = new SemaphoreSlim(0);
        using var go = new SemaphoreSlim(0);
        _folder.Storage.OnSync = _ =>
        {
            _folder.Storage.Heal();
            syncing.Release();
            go.Wait(Patience, CancellationToken.None);
            return null;
        };

        var taken = new List<Task> { log.AppendAsync(TestEvents.Numbered(0, padding: 4000)).AsTask() };
        Assert.True(await syncing.WaitAsync(Patience, Cancellation));
        taken.Add(log.AppendAsync(TestEvents.Numbered(1, padding: 4000)).AsTask());
        var refused = log.AppendAsync(TestEvents.Numbered(2, padding: 4000)).AsTask();

        await Assert.ThrowsAsync<LogUnavailableException>(() => refused);
        go.Release();
        await Task.WhenAll(taken).WaitAsync(Patience, Cancellation);
        await log.AppendAsync(TestEvents.Numbered(3, padding: 4000));
    }

    [Fact]
    public async Task SaveAsync_DiskFull_SavesNothingAndCanBeRepeated()
    {
        await using var log = await _folder.OpenAsync();
        var state = log.Partitions[0].State;
        await state.RegisterAsync([new DestinationRecord { Name = "crm", StartPosition = 1, Progress = Progress.StartingAt(1), LastListed = default }], ["crm"], default, Cancellation);
        var save = new DestinationSave("crm")
        {
            Progress = Progress.StartingAt(9),
            Counters = default,
            Changes = [.. Enumerable.Range(0, 2000).Select(i => new StateChange.Park(new ParkedEvent(LaneId.OfKey(8), i, i, 1, DateTimeOffset.UnixEpoch, null, new AttemptError("x", 1, new string('m', 200)))))],
        };
        await LimitPagesAsync(log, 60);

        await Assert.ThrowsAsync<IOException>(() => state.SaveAsync([save], Cancellation));
        Assert.Empty(await state.CountLanesAsync("crm", Cancellation));
        Assert.Equal(1, (await state.LoadDestinationsAsync(Cancellation))[0].Progress.Cursor);
        await LimitPagesAsync(log, 1_000_000);
        await state.SaveAsync([save], Cancellation);

        Assert.Equal(2000, Assert.Single(await state.CountLanesAsync("crm", Cancellation)).Events);
    }

    private static Task<int> LimitPagesAsync(EmbeddedLog log, int pages) => log.Database.EnqueueAsync(
        connection =>
        {
            Statement.Execute(connection, $"PRAGMA max_page_count={pages}");
            return 0;
        },
        Cancellation);

    private void FailOnce(bool sync, int written = 0)
    {
        if (sync)
        {
            _folder.Storage.OnSync = _ =>
            {
                _folder.Storage.Heal();
                return FaultyStorage.InputOutput;
            };
            return;
        }

        _folder.Storage.OnWrite = _ =>
        {
            _folder.Storage.Heal();
            return (written, FaultyStorage.InputOutput);
        };
    }
}
