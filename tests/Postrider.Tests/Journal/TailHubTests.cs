using Postrider.Events;
using Postrider.Journal;
using Postrider.Log;
using Postrider.Tests.Log;

namespace Postrider.Tests.Journal;

public sealed class TailHubTests
{
    private static readonly TailWish All = new(true, true, null, null, null, null, false);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Stored_WithFilters_ReachesWhoWantsIt()
    {
        var hub = new TailHub();
        var wanted = hub.TryListen(All with { Key = "ada", Attempts = false })!;
        hub.Stored(Batch(1, TestEvents.Create("{}", "bob"), TestEvents.Create("{}", "ada"), TestEvents.Create("{}")));

        await foreach (var line in wanted.ReadAsync(Cancellation))
        {
            Assert.Equal("ada", line.Event!.Key);
            break;
        }

        Assert.False(hub.HasListeners);
    }

    [Fact]
    public async Task Offer_ToOneWhoDoesNotRead_IsCountedAndToldWithoutWaiting()
    {
        var hub = new TailHub();
        var slow = hub.TryListen(All)!;
        for (var i = 0; i < TailListener.Capacity + 250; i++)
        {
            hub.Ended(Attempt($"e{i}"));
        }

        var lines = new List<TailLine>();
        await foreach (var line in slow.ReadAsync(Cancellation))
        {
            lines.Add(line);
            if (lines.Sum(each => each.Missed) == 250 && lines.Count == TailListener.Capacity + 1)
            {
                break;
            }
        }

        Assert.Equal(Enumerable.Range(0, TailListener.Capacity).Select(i => $"e{i}"), lines.Where(line => line.Attempt is not null).Select(line => line.Attempt!.EventId));
    }

    [Fact]
    public void Stored_FasterThanItIsLookedThrough_HoldsSoMuchAndCountsTheRest()
    {
        var hub = new TailHub();
        var listener = hub.TryListen(All)!;

        for (var i = 0; i < 10; i++)
        {
            // Nine mebibytes never fit, however fast they are looked through.
            hub.Stored(Batch(1 + (i * 9), [.. Enumerable.Range(0, 9).Select(_ => TestEvents.Numbered(1, padding: 1 << 20))]));
        }

        Assert.Equal(90, listener.Missed);
    }

    [Fact]
    public async Task Close_EndsTheTailsAndTakesNoMore()
    {
        var hub = new TailHub();
        var listener = hub.TryListen(All)!;
        var reading = listener.ReadAsync(Cancellation).ToListAsync(Cancellation).AsTask();

        hub.Close();

        Assert.Empty(await reading.WaitAsync(TimeSpan.FromSeconds(60), Cancellation));
        Assert.Null(hub.TryListen(All));
    }

    [Fact]
    public void TryListen_BeyondTheBound_IsRefused()
    {
        var hub = new TailHub();
        for (var i = 0; i < TailHub.MaxListeners; i++)
        {
            Assert.NotNull(hub.TryListen(All));
        }

        Assert.Null(hub.TryListen(All));
    }

    [Theory]
    [InlineData(true, "crm", false)]
    [InlineData(false, "crm", true)]
    [InlineData(false, "other", false)]
    public void Wants_OnlyFailuresOfOne_LooksAtNothingElse(bool delivered, string destination, bool wants)
    {
        var hub = new TailHub();
        hub.TryListen(All with { FailedOnly = true, Destination = "crm" });

        Assert.Equal(wants, hub.Wants(destination, delivered, TestEvents.Numbered(1)));
    }

    private static CommittedBatch Batch(long first, params Event[] events)
    {
        for (var i = 0; i < events.Length; i++)
        {
            events[i].PlaceAt("testlog", new LogPosition(0, 0, first + i));
        }

        return new CommittedBatch(first, events);
    }

    private static EndedAttempt Attempt(string id) => new()
    {
        At = DateTimeOffset.UnixEpoch, Destination = "crm", EventId = id, Number = 1, Outcome = "retry", Duration = TimeSpan.Zero,
    };
}
