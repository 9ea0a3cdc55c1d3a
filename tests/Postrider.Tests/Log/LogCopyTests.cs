using Postrider.Events;
using Postrider.Log;
using Postrider.Log.Embedded;
using Postrider.Tests.Delivery;
using Postrider.Tests.Log.Embedded;

namespace Postrider.Tests.Log;

public sealed class LogCopyTests : IDisposable
{
    private static readonly DateTimeOffset Now = DateTimeOffset.UnixEpoch.AddDays(20000);

    private readonly EmbeddedLogFolder _from = new();
    private readonly EmbeddedLogFolder _to = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _from.Dispose();
        _to.Dispose();
    }

    [Fact]
    public async Task RunAsync_EmbeddedToEmbedded_BringsAllThatIsOwedAndKeptBodiesToo()
    {
        await using var from = await _from.OpenAsync();
        var old = TestEvents.Create("""{"old":1}""", key: "ada", type: "track");
        var lane = LaneId.OfKey(old.KeyHash);
        await FillAsync(from, old);
        Assert.True(from.Partitions[0].FirstPosition > 1);

        LogCopyResult result;
        await using (var to = await _to.OpenAsync())
        {
            result = await LogCopy.RunAsync(from, to, _to.Time, Cancellation);
        }

        await using var copy = await _to.OpenAsync();
        var partition = copy.Partitions[0];
        Assert.True(result.IsWhole);
        Assert.Equal(["crm", "gone"], result.To.Destinations.Select(destination => destination.Name));
        var crm = result.To.Destinations[0];
        Assert.Equal((4L, 1L, 1L, 7L), (crm.Pending, crm.Parked, crm.DeadLetters, crm.GivenUp));
        var record = Assert.Single(await partition.State.LoadDestinationsAsync(Cancellation));
        Assert.Equal(("crm", new DestinationControl(true, null), new DestinationCounters(900, 3, 1)), (record.Name, record.Control, record.Counters));
        var parked = Assert.Single(await partition.State.ReadLaneAsync("crm", lane, ParkedPlace.Start, 10, Cancellation));
        var body = await partition.GetAsync(parked.Position, Cancellation);
        Assert.Equal((old.Id, """{"old":1}"""), (body!.Id, TestEvents.Text(body)));
        Assert.Equal(Now.AddSeconds(9), Assert.Single(await partition.State.ReadDueAsync("crm", 10, Cancellation)).Due);
        var letters = await partition.State.ReadDeadLettersAsync(new DeadLetterQuery(null, DeadLetterFilter.All, null, null, 10), Cancellation);
        Assert.Equal(["crm", "gone"], letters.Select(stored => stored.Destination).Order(StringComparer.Ordinal));
        var replay = Assert.Single(await partition.State.LoadReplaysAsync(Cancellation));
        Assert.Equal((ReplayState.Cancelled, 5L), (replay.Progress.State, replay.Progress.Events));
        Assert.Equal("no JSON", Assert.Single(await partition.State.ReadRejectedAsync(null, null, 10, Cancellation)).Reason);
    }

    [Fact]
    public async Task RunAsync_TargetNotEmpty_IsRefusedAndUnchanged()
    {
        await using var from = await _from.OpenAsync();
        await FillAsync(from, TestEvents.Create("{}", key: "ada"));
        var used = new MemoryLog();
        await used.AppendAsync(TestEvents.Numbered(1));
        var registered = new MemoryLog();
        await RegisterAsync(registered.Partitions[0], "crm");

        await Assert.ThrowsAsync<LogUnusableException>(() => LogCopy.RunAsync(from, used, TimeProvider.System, Cancellation));
        await Assert.ThrowsAsync<LogUnusableException>(() => LogCopy.RunAsync(from, registered, TimeProvider.System, Cancellation));

        Assert.Equal((2L, 1L), (used.EndPosition, registered.EndPosition));
    }

    [Fact]
    public async Task LogCopying_Folders_SaysWhatBothHoldAndRefusesWhatCannotBe()
    {
        await using (var from = await _from.OpenAsync())
        {
            await from.AppendAsync([TestEvents.Numbered(1), TestEvents.Numbered(2)]);
            await RegisterAsync(from.Partitions[0], "crm");
        }

        var done = await CopyAsync(_from.Path, _to.Path);
        var again = await CopyAsync(_from.Path, _to.Path);
        var absent = await CopyAsync(_to.Path + "-absent", _from.Path);
        var elsewhere = await CopyAsync(_from.Path, "http://localhost/1");

        Assert.True(done.IsWhole);
        Assert.Contains("events 2,", done.Output, StringComparison.Ordinal);
        Assert.Contains("crm: pending 2, parked 0", done.Output, StringComparison.Ordinal);
        Assert.EndsWith("Both hold the same.", done.Output.TrimEnd(), StringComparison.Ordinal);
        Assert.Equal([false, false, false], [again.IsWhole, absent.IsWhole, elsewhere.IsWhole]);
        Assert.Contains("not empty", again.Output, StringComparison.Ordinal);
        Assert.Contains("There is no log in", absent.Output, StringComparison.Ordinal);
        Assert.Contains("a URL like redis://", elsewhere.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RunAsync_DestinationKnownToSomePartitionsOnly_IsRefused()
    {
        await using var from = new PartitionedMemoryLog(3);
        await RegisterAsync(from.Partitions[0], "crm");
        await RegisterAsync(from.Partitions[2], "crm");

        var refused = await Assert.ThrowsAsync<LogUnusableException>(() => LogCopy.RunAsync(from, new MemoryLog(), TimeProvider.System, Cancellation));

        Assert.Contains("'crm' is known to 2 of 3", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task IsWhole_SomethingMissingOrReordered_IsFalse()
    {
        var whole = await SummaryAsync(("ada", "1"), ("ada", "2"), ("bob", "3"));

        Assert.Equal(whole, await SummaryAsync(("bob", "3"), ("ada", "1"), ("ada", "2")));
        Assert.NotEqual(whole, await SummaryAsync(("ada", "2"), ("ada", "1"), ("bob", "3")));
        Assert.NotEqual(whole, await SummaryAsync(("ada", "1"), ("ada", "2"), ("bob", "4")));
        Assert.NotEqual(whole, await SummaryAsync(("ada", "1"), ("ada", "2")));
    }

    private static async Task<(bool IsWhole, string Output)> CopyAsync(string from, string to)
    {
        await using var output = new StringWriter();
        return (await LogCopying.RunAsync(from, to, output, Cancellation), output.ToString());
    }

    private static async Task<LogSummary> SummaryAsync(params (string Key, string Body)[] events)
    {
        var log = new MemoryLog();
        foreach (var (key, body) in events)
        {
            var draft = new EventDraft { Source = "app", Key = System.Text.Encoding.UTF8.GetBytes(key), ReceivedAt = Now, OwnId = $"evt_x-0-0-{body}" };
            await log.AppendAsync(Event.Create(draft, new System.Buffers.ReadOnlySequence<byte>(System.Text.Encoding.UTF8.GetBytes(body))));
        }

        return await LogSummary.ReadAsync(log, Cancellation);
    }

    // A thousand events of which the first segments are gone; only the first event, which is parked, was kept of them.
    private static async Task FillAsync(EmbeddedLog log, Event old)
    {
        var partition = log.Partitions[0];
        await log.AppendAsync(old);
        for (var i = 0; i < 1000; i++)
        {
            await log.AppendAsync(TestEvents.Create($$"""{"n":{{i}},"pad":"{{new string('x', 500)}}"}""", key: $"k{i % 7}"));
        }

        await RegisterAsync(partition, "crm");
        await RegisterAsync(partition, "gone");
        var end = partition.EndPosition;
        var last = (await partition.GetAsync(end - 2, Cancellation))!;
        await SaveAsync(partition, "crm", new Progress(end - 3, [end - 9]), new DestinationCounters(900, 3, 1), [
            new StateChange.Park(new ParkedEvent(LaneId.OfKey(old.KeyHash), 1, 1, 2, Now, Now, new AttemptError("status", 503, "no"))),
            new StateChange.SetDue(LaneId.OfKey(old.KeyHash), Now.AddSeconds(9)),
            new StateChange.Bury(new DeadLetter(end - 5, LaneId.OfKey(last.KeyHash), "k", null, "rejected", new AttemptError("status", 400, "no"), default, Now, Now, 1, Now)),
            new StateChange.GiveUp(new GivenUpRange("crm", 2, 20, 7, "skipped", Now)),
            new StateChange.Control(new DestinationControl(true, null)),
        ]);
        await SaveAsync(partition, "gone", Progress.StartingAt(end), default, [
            new StateChange.Bury(new DeadLetter(end - 4, LaneId.OfKey(2), null, null, "gave-up", new AttemptError("timeout", null, "10 s"), default, Now, Now, 1, Now)),
        ]);
        await partition.State.ForgetAsync(new GivenUpRange("gone", end, end, 0, "left", Now), Cancellation);
        await partition.State.AddReplayAsync(
            new ReplayJob
            {
                Id = "rpl_1", Destination = "crm", OfDeadLetters = true, Filter = DeadLetterFilter.All, From = 1, Before = end, Total = 9, CreatedAt = Now,
                Progress = new ReplayProgress(ReplayState.Running, 6, 5),
            },
            Cancellation);
        await partition.State.AddRejectedAsync([new RejectedIngest(0, "app", Now, "no JSON", "{"u8.ToArray())], Cancellation);
        await log.TruncateNowAsync(Cancellation);
        await log.TruncateNowAsync(Cancellation);
    }

    private static Task RegisterAsync(ILogPartition partition, string name) => partition.State.RegisterAsync(
        [new DestinationRecord { Name = name, StartPosition = 1, Progress = Progress.StartingAt(1), LastListed = Now }], [name], Now, Cancellation);

    private static Task SaveAsync(ILogPartition partition, string name, Progress progress, DestinationCounters counters, IReadOnlyList<StateChange> changes) =>
        partition.State.SaveAsync([new DestinationSave(name) { Progress = progress, Counters = counters, Changes = changes }], Cancellation);
}
