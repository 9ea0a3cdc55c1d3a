using Postrider.Configuration;
using Postrider.Destinations;
using Postrider.Journal;

namespace Postrider.Tests.Delivery;

/// <summary>What delivery leaves behind to look at.</summary>
public sealed class DeliveryJournalTests : IAsyncDisposable
{
    private readonly FakeDestination _crm = new();
    private readonly DeliveryJournal _journal = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _crm.DisposeAsync();

    [Fact]
    public async Task Attempts_ThatFail_AreKeptWithTheNextAndThenTheDelivery()
    {
        var failures = 2;
        _crm.Answer = (_, _) => Task.FromResult(
            failures-- > 0 ? DeliveryResult.Retry("status", "answered 500", 500, answer: "oops"u8.ToArray()) : DeliveryResult.Delivered(200));
        await using var harness = await StartAsync();

        var @event = await harness.PublishAsync("ada");
        await _crm.ArriveAsync(3);
        await Eventually.TrueAsync("three attempts are kept", () => Find().Count == 3);

        var attempts = Find();
        Assert.Equal([("delivered", 3), ("retry", 2), ("retry", 1)], attempts.Select(attempt => (attempt.Outcome, attempt.Number)));
        Assert.All(attempts, attempt => Assert.Equal((@event.Id, "crm", "ada"), (attempt.EventId, attempt.Destination, attempt.Key)));
        Assert.All(attempts.Skip(1), attempt => Assert.True(attempt.NextAttempt > attempt.At));
        Assert.Null(attempts[0].NextAttempt);
        Assert.Equal("oops", System.Text.Encoding.UTF8.GetString(attempts[1].Answer.Span));
    }

    [Fact]
    public async Task Attempts_ThatAreRejected_HaveNoNext()
    {
        _crm.Answer = (_, _) => Task.FromResult(DeliveryResult.Rejected("status", "answered 422", 422));
        await using var harness = await StartAsync();

        await harness.PublishAsync(null);
        await Eventually.TrueAsync("the attempt is kept", () => Find().Count == 1);

        Assert.Equal(("rejected", 422, null), (Find()[0].Outcome, Find()[0].Status, Find()[0].NextAttempt));
    }

    [Fact]
    public async Task Attempts_OfManyDeliveries_AreSampledAndTheNewestIsKept()
    {
        await using var harness = await StartAsync();
        for (var i = 0; i < 200; i++)
        {
            await harness.PublishAsync(null);
        }

        await _crm.ArriveAsync(200);
        await Eventually.TrueAsync("all are settled", async () => (await harness.StatusAsync("crm")).Lag == 0);
        var sampled = Find().Count;
        await harness.Service.Figures.KeepNewestAsync(null, Cancellation);
        await harness.Service.Figures.KeepNewestAsync(null, Cancellation);

        Assert.InRange(sampled, 1, 100);
        Assert.InRange(Find().Count, sampled, sampled + 1);
    }

    [Fact]
    public async Task Figures_WhileOneFails_TellCountsDurationsLagAndAge()
    {
        _crm.Answer = (attempt, _) => Task.FromResult(
            attempt.Event.Key == "bad" ? DeliveryResult.Retry("timeout", "no answer") : DeliveryResult.Delivered(200));
        await using var harness = await StartAsync(config => config with { Retry = config.Retry with { Initial = TimeSpan.FromHours(1), Max = TimeSpan.FromHours(1) } });
        await harness.PublishAsync("bad");
        for (var i = 0; i < 10; i++)
        {
            await harness.PublishAsync($"good-{i}");
        }

        await _crm.ArriveAsync(11);
        await Eventually.TrueAsync("all are settled and saved", async () => (await harness.StatusAsync("crm")) is { Lag: 0, ParkedEvents: 1, OldestPendingSeconds: not null });
        var row = await ReadAsync(harness);

        var figures = row.Destinations["crm"];
        Assert.Equal((10, 1, 0), (figures.Delivered, figures.Retried, figures.Rejected));
        Assert.Equal(11, figures.Durations!.Sum());
        Assert.Equal(1, figures.Errors!["timeout"]);
        Assert.True(figures.OldestMilliseconds > 0);

        // What was read is not read again; what stands still stands.
        figures = (await ReadAsync(harness)).Destinations["crm"];
        Assert.Equal((0, 0, 0, null), (figures.Delivered, figures.Retried, figures.Lag, figures.Durations));
        Assert.True(figures.OldestMilliseconds > 0);
    }

    [Fact]
    public async Task Figures_MoreDestinationsWaitThanAreLookedAtInARound_EachHasItsTurn()
    {
        var names = Enumerable.Range(0, 150).Select(i => $"d{i:000}").ToList();
        await using var harness = await DeliveryHarness.StartAsync(
            names.ToDictionary(name => name, _ => new FakeDestination { Answer = (_, _) => Task.FromResult(DeliveryResult.Retry("status", "503", 503)) }),
            config => config with { Retry = new RetryConfig { Initial = TimeSpan.FromHours(1), Max = TimeSpan.FromHours(1) } },
            journal: _journal);
        await harness.PublishAsync("ada");
        await Eventually.TrueAsync("it is parked everywhere", () => names.TrueForAll(name => harness.Log.Store.ParkedOf(name).Count == 1));

        List<int> told = [];
        for (var round = 0; round < 3; round++)
        {
            told.Add((await ReadAsync(harness)).Destinations.Count(destination => destination.Value.OldestMilliseconds > 0));
        }

        Assert.InRange(told[0], 1, 100);
        Assert.Equal(150, told[2]);
    }

    [Fact]
    public async Task Tail_WhileItListens_HearsOfEventsAndAttempts()
    {
        await using var harness = await StartAsync();
        var listener = _journal.Tail.TryListen(new TailWish(true, true, "app", null, "ada", null, false))!;
        await harness.PublishAsync("bob");
        var @event = await harness.PublishAsync("ada");

        var lines = await listener.ReadAsync(Cancellation).Take(2).ToListAsync(Cancellation).AsTask().WaitAsync(TimeSpan.FromSeconds(60), Cancellation);

        Assert.Equal([@event.Id, @event.Id], lines.Select(line => line.Event?.Id ?? line.Attempt!.EventId));
        Assert.Single(lines, line => line.Attempt is { Outcome: "delivered" });
    }

    private static async Task<FigureRow> ReadAsync(DeliveryHarness harness)
    {
        var row = new FigureRow { Start = 0, Length = 5 };
        harness.Service.Figures.Prepare();
        await harness.Service.Figures.ReadAsync(row, Cancellation);
        return row;
    }

    private IReadOnlyList<EndedAttempt> Find() => _journal.Attempts.Find(new AttemptQuery(null, null, false, 1000), Cancellation);

    private Task<DeliveryHarness> StartAsync(Func<DestinationConfig, DestinationConfig>? configure = null) =>
        DeliveryHarness.StartAsync(new Dictionary<string, FakeDestination> { ["crm"] = _crm }, configure, journal: _journal);
}
