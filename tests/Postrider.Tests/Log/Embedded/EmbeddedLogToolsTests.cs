using System.Text.Json;
using Postrider.Log;
using Postrider.Log.Embedded;

namespace Postrider.Tests.Log.Embedded;

public sealed class EmbeddedLogToolsTests : IDisposable
{
    private static readonly LaneId Lane = LaneId.OfKey(8);

    private static readonly string[] Names = ["behind", "parked", "done"];

    private readonly EmbeddedLogFolder _folder = new();
    private readonly StringWriter _output = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _output.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Verify_WholeLog_IsGood()
    {
        await FillAsync();

        Assert.True(EmbeddedLogTools.Verify(_folder.Path, _output));
        Assert.Contains("200 events, all good", _output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Verify_DamagedSealedSegment_NamesTheEventsAndChangesNothing()
    {
        await FillAsync();
        var damaged = Damage(0, 64 + (3 * 1150));

        Assert.False(EmbeddedLogTools.Verify(_folder.Path, _output));
        Assert.Contains("are damaged or missing", _output.ToString(), StringComparison.Ordinal);
        Assert.Equal(damaged, await File.ReadAllBytesAsync(_folder.Segments[0], Cancellation));
    }

    [Fact]
    public void Verify_NoLog_SaysSo()
    {
        Assert.False(EmbeddedLogTools.Verify(_folder.Path, _output));
        Assert.Contains("no log", _output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Verify_LogInUse_SaysSo()
    {
        await using var log = await _folder.OpenAsync();

        Assert.False(EmbeddedLogTools.Verify(_folder.Path, _output));
        Assert.Contains("in use", _output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Repair_DamagedEvents_BecomeDeadLettersWhereTheyWereNotSettled()
    {
        await FillAsync();
        Damage(0, 64 + (3 * 1150));

        var lost = EmbeddedLogTools.Repair(_folder.Path, _output);

        Assert.Equal(1, lost);
        Assert.True(EmbeddedLogTools.Verify(_folder.Path, _output), _output.ToString());
        await using var log = await _folder.OpenAsync();
        var state = log.Partitions[0].State;
        var position = await FindFillerAsync(log);
        Assert.InRange(position, 3, 5);
        Assert.Equal("corrupt", (await state.FindEventAsync("behind", position, Cancellation)).Dead?.Class);
        Assert.Equal("corrupt", (await state.FindEventAsync("parked", position, Cancellation)).Dead?.Class);
        Assert.Null((await state.FindEventAsync("parked", position, Cancellation)).Parked);
        Assert.Null((await state.FindEventAsync("done", position, Cancellation)).Dead);
        Assert.Equal([1L, 1L, 0L], (await state.LoadDestinationsAsync(Cancellation)).Select(destination => destination.DeadLetters));
        Assert.Equal(200, await CountAsync(log));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(-1)]
    public async Task Repair_SegmentMissing_MakesItAnewAndTheLogOpens(int which)
    {
        await FillAsync();
        File.Delete(_folder.Segments[which < 0 ? _folder.Segments.Count + which : which]);

        var lost = EmbeddedLogTools.Repair(_folder.Path, _output);

        Assert.InRange(lost ?? 0, 1, 100);
        await using var log = await _folder.OpenAsync();
        Assert.Equal(200, await CountAsync(log));
        Assert.Equal(lost, (await log.Partitions[0].State.LoadDestinationsAsync(Cancellation)).Single(d => d.Name == "behind").DeadLetters);
    }

    [Fact]
    public async Task Repair_HeaderDamaged_IsWrittenAnewAndNothingIsLost()
    {
        await FillAsync();
        Damage(1, 18);

        Assert.Equal(0, EmbeddedLogTools.Repair(_folder.Path, _output));
        await using var log = await _folder.OpenAsync();
        Assert.Equal(200, await CountAsync(log));
    }

    [Fact]
    public async Task Repair_DamageInTheActiveSegment_OpensAgain()
    {
        await FillAsync();
        Damage(_folder.Segments.Count - 1, 100);

        Assert.Equal(1, EmbeddedLogTools.Repair(_folder.Path, _output));
        await using var log = await _folder.OpenAsync();
        Assert.Equal(200, await CountAsync(log));
        await log.AppendAsync(TestEvents.Numbered(1));
    }

    [Fact]
    public async Task Dump_FromAPosition_WritesAJsonLineForEachEvent()
    {
        await FillAsync();

        var written = EmbeddedLogTools.Dump(_folder.Path, _output, from: 150, count: 3);

        var lines = _output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(3, written);
        Assert.Equal([150L, 151L, 152L], lines.Select(line => JsonDocument.Parse(line).RootElement.GetProperty("position").GetInt64()));
        Assert.Equal(149, JsonDocument.Parse(lines[0]).RootElement.GetProperty("body").GetProperty("n").GetInt32());
    }

    [Fact]
    public async Task Dump_WholeLog_CrossesSegments()
    {
        await FillAsync();

        Assert.Equal(200, EmbeddedLogTools.Dump(_folder.Path, _output, 0, long.MaxValue));
    }

    private static async Task<long> FindFillerAsync(EmbeddedLog log)
    {
        for (long position = 1; position < log.Partitions[0].EndPosition; position++)
        {
            if ((await log.Partitions[0].GetAsync(position, Cancellation))!.RequestedDestinations is { Count: 0 })
            {
                return position;
            }
        }

        return 0;
    }

    private static async Task<int> CountAsync(EmbeddedLog log)
    {
        var (count, from) = (0, log.Partitions[0].FirstPosition);
        while (await log.Partitions[0].ReadAsync(from, long.MaxValue, 1 << 16, Cancellation) is { Count: > 0 } read)
        {
            count += read.Count;
            from = read[^1].Place.Position + 1;
        }

        return count;
    }

    private byte[] Damage(int segment, int at)
    {
        var bytes = File.ReadAllBytes(_folder.Segments[segment]);
        bytes[at] ^= 0x10;
        File.WriteAllBytes(_folder.Segments[segment], bytes);
        return bytes;
    }

    /// <summary>200 events in several segments and three destinations: one far behind, one with the first events parked, one done.</summary>
    private async Task FillAsync()
    {
        await using var log = await _folder.OpenAsync();
        foreach (var group in Enumerable.Range(0, 200).Select(i => TestEvents.Numbered(i, 1000)).Chunk(10))
        {
            await log.AppendAsync(group);
        }

        var state = log.Partitions[0].State;
        DestinationRecord[] added = [.. Names.Select(
            name => new DestinationRecord { Name = name, StartPosition = 1, Progress = Progress.StartingAt(1), LastListed = default })];
        await state.RegisterAsync(added, [], default, Cancellation);
        await state.SaveAsync(
            [
                new DestinationSave("parked")
                {
                    Progress = Progress.StartingAt(201),
                    Counters = new DestinationCounters(0, 0, 10),
                    Changes = [.. Enumerable.Range(1, 10).Select(i => new StateChange.Park(new ParkedEvent(Lane, i, i, 1, DateTimeOffset.UnixEpoch, null, null))), new StateChange.SetDue(Lane, default)],
                },
                new DestinationSave("done") { Progress = Progress.StartingAt(201), Counters = default, Changes = [] },
            ],
            Cancellation);
    }
}
