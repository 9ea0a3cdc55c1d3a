using System.Diagnostics;
using System.Globalization;
using Postrider.Events;
using Postrider.Log;
using Postrider.Log.Embedded;

namespace Postrider.Tests.Log.Embedded;

public sealed class LogRecoveryTests : IDisposable
{
    private readonly EmbeddedLogFolder _folder = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task OpenAsync_TailCutAtEveryByteOfTheLastBatch_KeepsAllBeforeAndGoesOn()
    {
        var ends = await WriteBatchesAsync(3, 2);
        var original = await File.ReadAllBytesAsync(_folder.Segments[0], Cancellation);

        for (var length = ends[1]; length < ends[2]; length++)
        {
            Restore(original.AsSpan(0, (int)length), length == ends[1]);
            var recovered = _folder.Recover();
            Assert.InRange(recovered, 5, 6);
            if (length % 23 > 0)
            {
                continue;
            }

            await using var log = await _folder.OpenAsync();

            // The first record of the last batch may be whole: it is kept, although nobody was told of it.
            var end = log.Partitions[0].EndPosition;
            Assert.InRange(end, 5, 6);
            var next = TestEvents.Numbered(99);
            await log.AppendAsync(next);
            Assert.Equal(end, next.Place.Position);
            Assert.Equal(end, (await log.Partitions[0].ReadAsync(1, long.MaxValue, 1 << 20, Cancellation)).Count);
            await log.DisposeAsync();
            _folder.ForgetClose();
        }
    }

    [Fact]
    public async Task OpenAsync_TailCut_KeepsTheCutBytes()
    {
        var ends = await WriteBatchesAsync(2, 1);
        var bytes = await File.ReadAllBytesAsync(_folder.Segments[0], Cancellation);
        Restore(bytes.AsSpan(0, (int)ends[1] - 5));

        await using (await _folder.OpenAsync())
        {
        }

        var torn = Assert.Single(Directory.GetFiles(_folder.Events, "*.torn"));
        Assert.Equal(bytes[(int)ends[0]..((int)ends[1] - 5)], await File.ReadAllBytesAsync(torn, Cancellation));
    }

    [Fact]
    public async Task OpenAsync_TailZeroed_IsCut()
    {
        var ends = await WriteBatchesAsync(3, 2);
        var bytes = await File.ReadAllBytesAsync(_folder.Segments[0], Cancellation);
        bytes.AsSpan((int)ends[1]).Clear();
        Restore([.. bytes, .. new byte[6000]]);

        await using var log = await _folder.OpenAsync();

        Assert.Equal(5, log.Partitions[0].EndPosition);
    }

    [Fact]
    public async Task OpenAsync_ReservedSpaceBehindTheLastRecord_IsNoTornTail()
    {
        var ends = await WriteBatchesAsync(3, 2);
        var bytes = await File.ReadAllBytesAsync(_folder.Segments[0], Cancellation);
        Restore([.. bytes, .. new byte[6000]]);

        await using var log = await _folder.OpenAsync();

        Assert.Equal(7, log.Partitions[0].EndPosition);
        Assert.Empty(Directory.GetFiles(_folder.Events, "*.torn"));
        Assert.Equal(ends[^1], new FileInfo(_folder.Segments[0]).Length);
    }

    [Fact]
    public async Task DisposeAsync_SpaceWasReserved_IsGivenBack()
    {
        var log = await _folder.OpenAsync(_folder.Options with { Storage = DiskStorage.Instance });
        await log.AppendAsync(TestEvents.Numbered(1));

        await log.DisposeAsync();

        Assert.InRange(new FileInfo(_folder.Segments[0]).Length, SegmentHeader.Length + 1, 1000);
    }

    [Fact]
    public async Task OpenAsync_AnyBitFlippedBeforeTheLastBatch_RefusesAndNamesThePlace()
    {
        var ends = await WriteBatchesAsync(3, 2);
        var original = await File.ReadAllBytesAsync(_folder.Segments[0], Cancellation);
        for (var at = SegmentHeader.Length; at < ends[1]; at += 7)
        {
            var bytes = original.ToArray();
            bytes[at] ^= (byte)(1 << (at % 8));
            Restore(bytes);

            var refused = await Assert.ThrowsAsync<LogUnusableException>(() => _folder.OpenAsync());

            Assert.Contains(_folder.Segments[0], refused.Message, StringComparison.Ordinal);
            Assert.Contains($"position {(at < ends[0] ? at < ends[0] - RecordLength() ? 1 : 2 : at < ends[1] - RecordLength() ? 3 : 4)} ", refused.Message, StringComparison.Ordinal);
            Assert.Contains("good events stand behind it", refused.Message, StringComparison.Ordinal);
            Assert.Equal(bytes, await File.ReadAllBytesAsync(_folder.Segments[0], Cancellation));
        }

        long RecordLength() => (ends[1] - ends[0]) / 2;
    }

    [Fact]
    public async Task OpenAsync_LastBatchDamagedInALogClosedInOrder_Refuses()
    {
        await WriteBatchesAsync(3, 2, closeInOrder: true);
        Flip(_folder.Segments[0], -3);

        var refused = await Assert.ThrowsAsync<LogUnusableException>(() => _folder.OpenAsync());

        Assert.Contains("position 6 ", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OpenAsync_LastBatchDamagedBelowACursor_Refuses()
    {
        await using (var log = await _folder.OpenAsync())
        {
            for (var i = 0; i < 4; i++)
            {
                await log.AppendAsync(TestEvents.Numbered(i));
            }

            await RegisterAsync(log, "crm", 1);
            await log.Partitions[0].State.SaveAsync([Saved("crm", 5)], Cancellation);
        }

        _folder.ForgetClose();
        Flip(_folder.Segments[0], -3);

        await Assert.ThrowsAsync<LogUnusableException>(() => _folder.OpenAsync());
    }

    [Fact]
    public async Task OpenAsync_IndexMissingOrDamaged_IsRebuilt()
    {
        await FillSegmentsAsync();
        var indexes = Directory.GetFiles(_folder.Events, "*.idx").Order(StringComparer.Ordinal).ToList();
        var good = await File.ReadAllBytesAsync(indexes[1], Cancellation);
        File.Delete(indexes[0]);
        Flip(indexes[1], 20);

        await using var log = await _folder.OpenAsync();

        Assert.Equal(200, await CountAsync(log));
        Assert.Equal(good, await File.ReadAllBytesAsync(indexes[1], Cancellation));
        Assert.True(File.Exists(indexes[0]));
    }

    [Fact]
    public async Task OpenAsync_SealedSegmentDamagedAndItsIndexMissing_Refuses()
    {
        await FillSegmentsAsync();
        File.Delete(Path.ChangeExtension(_folder.Segments[0], ".idx"));
        Flip(_folder.Segments[0], 2000);

        var refused = await Assert.ThrowsAsync<LogUnusableException>(() => _folder.OpenAsync());

        Assert.Contains(_folder.Segments[0], refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ReadAsync_SealedSegmentDamaged_StopsThereAndSaysSo()
    {
        await FillSegmentsAsync();
        Flip(_folder.Segments[0], 64 + (2 * 1100));

        await using var log = await _folder.OpenAsync();
        var good = await log.Partitions[0].ReadAsync(1, long.MaxValue, 1 << 20, Cancellation);
        var damaged = good[^1].Place.Position + 1;

        var thrown = await Assert.ThrowsAsync<LogCorruptException>(async () => await log.Partitions[0].ReadAsync(damaged, long.MaxValue, 1 << 20, Cancellation));
        await Assert.ThrowsAsync<LogCorruptException>(async () => await log.Partitions[0].GetAsync(damaged, Cancellation));
        Assert.InRange(damaged, 2, 4);
        Assert.Equal(new LogPosition(0, 0, damaged), thrown.Place);
        Assert.Equal(LogState.Corrupt, log.Condition.State);
        Assert.NotEmpty(await log.Partitions[0].ReadAsync(damaged + 1, long.MaxValue, 1 << 20, Cancellation));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(-1)]
    public async Task OpenAsync_SegmentMissing_Refuses(int which)
    {
        await FillSegmentsAsync();
        File.Delete(_folder.Segments[which < 0 ? _folder.Segments.Count + which : which]);

        await Assert.ThrowsAsync<LogUnusableException>(() => _folder.OpenAsync());
    }

    [Fact]
    public async Task OpenAsync_HeaderDamaged_Refuses()
    {
        await FillSegmentsAsync();
        Flip(_folder.Segments[0], 20);

        var refused = await Assert.ThrowsAsync<LogUnusableException>(() => _folder.OpenAsync());

        Assert.Contains("header", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OpenAsync_AfterACrash_SyncsTheActiveSegmentFirst()
    {
        await WriteBatchesAsync(2, 1);
        _folder.Storage.Syncs.Clear();

        await using var log = await _folder.OpenAsync();

        Assert.Equal(_folder.Segments[0], Assert.Single(_folder.Storage.Syncs));
    }

    [Fact]
    public async Task OpenAsync_WhileOpen_IsRefusedWithTheOwner()
    {
        await using var log = await _folder.OpenAsync();

        var refused = await Assert.ThrowsAsync<LogUnusableException>(() => _folder.OpenAsync());

        Assert.Contains($"pid {Environment.ProcessId}", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OpenAsync_OtherProcessHoldsTheLog_IsRefusedUntilItIsKilled()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && File.Exists("/usr/bin/flock"), "needs flock(1)");
        Directory.CreateDirectory(_folder.Path);
        var lockFile = Path.Combine(_folder.Path, "lock");
        using var other = Process.Start(new ProcessStartInfo("/usr/bin/flock", ["-x", "-o", lockFile, "sh", "-c", "echo held; exec sleep 60"]) { RedirectStandardOutput = true })!;
        Assert.Equal("held", await other.StandardOutput.ReadLineAsync(Cancellation));

        await Assert.ThrowsAsync<LogUnusableException>(() => _folder.OpenAsync());
        other.Kill(entireProcessTree: true);
        await other.WaitForExitAsync(Cancellation);

        await using var log = await _folder.OpenAsync();
        Assert.Equal(Environment.ProcessId.ToString(CultureInfo.InvariantCulture), await ReadLockAsync(lockFile));
    }

    private static async Task<string> ReadLockAsync(string path)
    {
        using var cat = Process.Start(new ProcessStartInfo("cat", [path]) { RedirectStandardOutput = true })!;
        return await cat.StandardOutput.ReadToEndAsync(Cancellation);
    }

    private static DestinationSave Saved(string name, long cursor) =>
        new(name) { Progress = Progress.StartingAt(cursor), Counters = default, Changes = [] };

    private static Task RegisterAsync(EmbeddedLog log, string name, long start) => log.Partitions[0].State.RegisterAsync(
        [new DestinationRecord { Name = name, StartPosition = start, Progress = Progress.StartingAt(start), LastListed = default }], [name], default, Cancellation);

    private static async Task<int> CountAsync(EmbeddedLog log)
    {
        var (count, from) = (0, 1L);
        while (await log.Partitions[0].ReadAsync(from, long.MaxValue, 1 << 16, Cancellation) is { Count: > 0 } read)
        {
            count += read.Count;
            from = read[^1].Place.Position + 1;
        }

        return count;
    }

    private static void Flip(string path, int at)
    {
        var bytes = File.ReadAllBytes(path);
        bytes[at < 0 ? bytes.Length + at : at] ^= 0x10;
        File.WriteAllBytes(path, bytes);
    }

    /// <summary>Batches written and synced one by one; the offsets behind each.</summary>
    private async Task<List<long>> WriteBatchesAsync(int batches, int events, bool closeInOrder = false)
    {
        var ends = new List<long>();
        await using (var log = await _folder.OpenAsync())
        {
            for (var i = 0; i < batches; i++)
            {
                await log.AppendAsync([.. Enumerable.Range(0, events).Select(n => TestEvents.Numbered((i * events) + n))]);
                ends.Add(new FileInfo(_folder.Segments[^1]).Length);
            }
        }

        if (!closeInOrder)
        {
            _folder.ForgetClose();
        }

        return ends;
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

    private void Restore(ReadOnlySpan<byte> bytes, bool forgetClose = true)
    {
        foreach (var torn in Directory.GetFiles(_folder.Events, "*.torn"))
        {
            File.Delete(torn);
        }

        File.WriteAllBytes(_folder.Segments[0], bytes);
        if (forgetClose)
        {
            _folder.ForgetClose();
        }
    }
}
