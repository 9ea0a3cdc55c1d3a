using Postrider.Log;
using Postrider.Log.Embedded;

namespace Postrider.Tests.Log.Embedded;

/// <summary>Lost events in lanes that wait for someone to decide.</summary>
public sealed class CorruptLettersTests : IDisposable
{
    private static readonly DateTimeOffset Now = DateTimeOffset.UnixEpoch.AddDays(20000);
    private static readonly LaneId Lane = LaneId.OfKey(8);

    private readonly EmbeddedLogFolder _folder = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(4, false)]
    [InlineData(6, true)]
    public async Task Bury_EventOfABlockedLane_OnlyTheLossOfItsHeadFreesTheLane(long lost, bool staysBlocked)
    {
        await using var log = await _folder.OpenAsync();
        var state = log.Partitions[0].State;
        await log.AppendAsync([.. Enumerable.Range(0, 9).Select(i => TestEvents.Numbered(i))]);
        await state.RegisterAsync([new DestinationRecord { Name = "crm", StartPosition = 1, Progress = Progress.StartingAt(9), LastListed = Now }], ["crm"], Now, Cancellation);
        await state.SaveAsync(
            [new DestinationSave("crm")
            {
                Progress = Progress.StartingAt(9),
                Counters = new DestinationCounters(0, 0, 3),
                Changes =
                [
                    new StateChange.Park(new ParkedEvent(Lane, 4, 4, 1, Now, Now, null)),
                    new StateChange.Park(new ParkedEvent(Lane, 6, 6, 0, Now, null, null)),
                    new StateChange.Park(new ParkedEvent(Lane, 7, 7, 0, Now, null, null)),
                    new StateChange.SetDue(Lane, ParkedLane.Blocked),
                    new StateChange.Bury(new DeadLetter(4, Lane, null, null, "rejected", new AttemptError("status", 400, "no"), default, null, null, 1, Now, Blocking: true)),
                ],
            }],
            Cancellation);

        await log.Database.WriteAsync(connection => new CorruptLetters(connection, Now).Bury([(lost, lost + 1)]), Cancellation);

        var due = Assert.Single(await state.ReadDueAsync("crm", 10, Cancellation));
        Assert.Equal(staysBlocked, due.Due == ParkedLane.Blocked);
        var dead = (await state.FindEventAsync("crm", lost, Cancellation)).Dead!;
        Assert.Equal(("corrupt", false), (dead.Class, dead.Blocking));
        var record = Assert.Single(await state.LoadDestinationsAsync(Cancellation));
        Assert.Equal((2L, staysBlocked ? 2L : 1L), (record.Counters.ParkedEvents, record.DeadLetters));
    }
}
