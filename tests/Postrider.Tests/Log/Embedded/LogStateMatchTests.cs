using Postrider.Log;
using Postrider.Log.Embedded;

namespace Postrider.Tests.Log.Embedded;

/// <summary>A log and a state that do not belong together.</summary>
public sealed class LogStateMatchTests : IDisposable
{
    private readonly EmbeddedLogFolder _folder = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task OpenAsync_StateMissing_RefusesUnlessToldWhereToBegin()
    {
        await WriteBatchesAsync(2, 2, closeInOrder: true);
        File.Delete(_folder.State);

        var refused = await Assert.ThrowsAsync<LogUnusableException>(() => _folder.OpenAsync());
        await using var log = await _folder.OpenAsync(_folder.Options with { DeliverFrom = DeliverFrom.Oldest });

        Assert.Contains("--deliver-from", refused.Message, StringComparison.Ordinal);
        Assert.Equal(5, log.Partitions[0].EndPosition);
        Assert.Empty(await log.Partitions[0].State.LoadDestinationsAsync(Cancellation));
    }

    [Fact]
    public async Task OpenAsync_EventsMissing_RefusesUnlessTold()
    {
        await WriteBatchesAsync(2, 2, closeInOrder: true);
        Directory.Delete(_folder.Events, recursive: true);

        await Assert.ThrowsAsync<LogUnusableException>(() => _folder.OpenAsync());
        await using var log = await _folder.OpenAsync(_folder.Options with { DeliverFrom = DeliverFrom.Tail });

        Assert.Equal(1, log.Partitions[0].EndPosition);
    }

    [Fact]
    public async Task OpenAsync_StateNewerThanTheLog_RefusesAndWhenToldUsesNoPositionAgain()
    {
        await WriteBatchesAsync(2, 2);
        var older = await File.ReadAllBytesAsync(_folder.Segments[0], Cancellation);
        string id;
        await using (var log = await _folder.OpenAsync())
        {
            await log.AppendAsync(TestEvents.Numbered(5));
            await RegisterAsync(log, "crm", 6);
            id = log.Id;
        }

        Restore(older);

        var refused = await Assert.ThrowsAsync<LogUnusableException>(() => _folder.OpenAsync());
        await using var again = await _folder.OpenAsync(_folder.Options with { DeliverFrom = DeliverFrom.Tail });
        Assert.Contains("acknowledged events are missing", refused.Message, StringComparison.Ordinal);
        Assert.Equal(id, again.Id);
        Assert.Equal(6, again.Partitions[0].EndPosition);
        Assert.Empty((await again.Partitions[0].GetAsync(5, Cancellation))!.RequestedDestinations!);
    }

    [Fact]
    public async Task OpenAsync_StateOfAnotherLog_Refuses()
    {
        await WriteBatchesAsync(1, 2, closeInOrder: true);
        using var other = new EmbeddedLogFolder();
        await using (await other.OpenAsync())
        {
        }

        File.Copy(other.State, _folder.State, overwrite: true);

        var refused = await Assert.ThrowsAsync<LogUnusableException>(() => _folder.OpenAsync());

        Assert.Contains("belongs to log", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OpenAsync_StateOlderThanTheLog_OpensWhileItsCursorsAreHeld()
    {
        await using (var log = await _folder.OpenAsync())
        {
            await RegisterAsync(log, "crm", 1);
        }

        var older = await File.ReadAllBytesAsync(_folder.State, Cancellation);
        await WriteBatchesAsync(2, 2, closeInOrder: true);
        await File.WriteAllBytesAsync(_folder.State, older, Cancellation);

        await using var again = await _folder.OpenAsync();

        Assert.Equal(5, again.Partitions[0].EndPosition);
        Assert.Equal(1, Assert.Single(await again.Partitions[0].State.LoadDestinationsAsync(Cancellation)).Progress.Cursor);
    }

    [Fact]
    public async Task OpenAsync_StateOlderThanTheTruncation_Refuses()
    {
        await using (var log = await _folder.OpenAsync())
        {
            await RegisterAsync(log, "crm", 1);
        }

        var older = await File.ReadAllBytesAsync(_folder.State, Cancellation);
        await FillSegmentsAsync();
        await using (var log = await _folder.OpenAsync())
        {
            await log.Partitions[0].State.SaveAsync([Saved("crm", 201)], Cancellation);
            Assert.True(await log.TruncateNowAsync(Cancellation) > 0);
        }

        await File.WriteAllBytesAsync(_folder.State, older, Cancellation);

        var refused = await Assert.ThrowsAsync<LogUnusableException>(() => _folder.OpenAsync());

        Assert.Contains("'crm' has come to position 1", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OpenAsync_StateOfANewerVersion_Refuses()
    {
        await using (var log = await _folder.OpenAsync())
        {
            await log.Database.EnqueueAsync(
                connection =>
                {
                    Statement.Execute(connection, "PRAGMA user_version=99");
                    return 0;
                },
                Cancellation);
        }

        var refused = await Assert.ThrowsAsync<LogUnusableException>(() => _folder.OpenAsync());

        Assert.Contains("newer Postrider", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OpenAsync_StateIsNoDatabase_Refuses()
    {
        await WriteBatchesAsync(1, 1, closeInOrder: true);
        await File.WriteAllTextAsync(_folder.State, new string('?', 5000), Cancellation);

        await Assert.ThrowsAsync<LogUnusableException>(() => _folder.OpenAsync());
    }

    private static DestinationSave Saved(string name, long cursor) =>
        new(name) { Progress = Progress.StartingAt(cursor), Counters = default, Changes = [] };

    private static Task RegisterAsync(EmbeddedLog log, string name, long start) => log.Partitions[0].State.RegisterAsync(
        [new DestinationRecord { Name = name, StartPosition = start, Progress = Progress.StartingAt(start), LastListed = default }], [name], default, Cancellation);

    /// <summary>Batches written and synced one by one.</summary>
    private async Task WriteBatchesAsync(int batches, int events, bool closeInOrder = false)
    {
        await using (var log = await _folder.OpenAsync())
        {
            for (var i = 0; i < batches; i++)
            {
                await log.AppendAsync([.. Enumerable.Range(0, events).Select(n => TestEvents.Numbered((i * events) + n))]);
            }
        }

        if (!closeInOrder)
        {
            _folder.ForgetClose();
        }
    }

    /// <summary>200 events of about 1,100 bytes in segments of 64 KiB.</summary>
    private async Task FillSegmentsAsync()
    {
        await using var log = await _folder.OpenAsync();
        for (var i = 0; i < 200; i++)
        {
            await log.AppendAsync(TestEvents.Numbered(i, padding: 1000));
        }
    }

    private void Restore(ReadOnlySpan<byte> bytes)
    {
        File.WriteAllBytes(_folder.Segments[0], bytes);
        _folder.ForgetClose();
    }
}
