using Postrider.Destinations;

namespace Postrider.Tests.Delivery;

/// <summary>Destinations come, change and go while others deliver.</summary>
public sealed class ReloadTests
{
    [Fact]
    public async Task NewDestination_StartsAtTheTail_AndLosesNothingWhenKilledAtOnce()
    {
        var first = new FakeDestination();
        var second = new FakeDestination();
        var destinations = new Dictionary<string, FakeDestination> { ["first"] = first };
        var harness = await DeliveryHarness.StartAsync(destinations);
        await harness.PublishAsync("u1");
        await first.ArriveAsync(1);

        destinations["second"] = second;
        second.Answer = async (_, cancellationToken) =>
        {
            await Task.Delay(Timeout.Infinite, cancellationToken);
            return DeliveryResult.NotAttempted;
        };
        await harness.ReloadAsync(DeliveryHarness.ConfigOf(destinations.Keys, config => config with { Timeout = TimeSpan.FromMilliseconds(500) }));
        await harness.PublishAsync("u2");
        await second.ArriveAsync(1);
        second.Answer = (_, _) => Task.FromResult(DeliveryResult.Delivered(200));
        await using var next = await harness.CrashAsync();

        await second.ArriveAsync(1);
        Assert.All(second.Attempts, attempt => Assert.Equal(2, attempt.Event.Position));
    }

    [Fact]
    public async Task Reload_ADestinationCannotBeMade_NothingChangesAndTheOthersAreClosed()
    {
        var first = new FakeDestination();
        var second = new FakeDestination();
        var destinations = new Dictionary<string, FakeDestination> { ["first"] = first };
        await using var harness = await DeliveryHarness.StartAsync(destinations);
        destinations["second"] = second;

        await Assert.ThrowsAsync<KeyNotFoundException>(() => harness.ReloadAsync(DeliveryHarness.ConfigOf(["second", "missing"])));

        await harness.PublishAsync("u1");
        await first.ArriveAsync(1);
        Assert.Equal((1, 0, 0), (second.Closed, first.Closed, second.Attempts.Count));
        Assert.Equal("first", Assert.Single(await harness.Service.GetStatusAsync(TestContext.Current.CancellationToken)).Name);
    }

    [Fact]
    public async Task Reload_StateCannotBeRead_NothingChangesAndTheNextReloadWorks()
    {
        var first = new FakeDestination();
        var second = new FakeDestination();
        var destinations = new Dictionary<string, FakeDestination> { ["first"] = first, ["second"] = second };
        await using var harness = await DeliveryHarness.StartAsync(new() { ["first"] = first, ["second"] = second });
        await harness.ReloadAsync(DeliveryHarness.ConfigOf(["first"]));
        harness.Log.Store.CountGate = Task.FromException(new IOException("unreadable"));

        await Assert.ThrowsAsync<IOException>(() => harness.ReloadAsync(DeliveryHarness.ConfigOf(destinations.Keys)));
        await harness.PublishAsync("u1");
        await first.ArriveAsync(1);
        harness.Log.Store.CountGate = null;
        await harness.ReloadAsync(DeliveryHarness.ConfigOf(destinations.Keys));

        await second.ArriveAsync(1);
    }

    [Fact]
    public async Task NewDestination_EventsArriveWhileItIsAdded_NoneIsSkipped()
    {
        var first = new FakeDestination();
        var second = new FakeDestination();
        var destinations = new Dictionary<string, FakeDestination> { ["first"] = first };
        await using var harness = await DeliveryHarness.StartAsync(destinations);
        destinations["second"] = second;
        harness.Log.Store.Registered = () => harness.PublishAsync("u1");

        await harness.ReloadAsync(DeliveryHarness.ConfigOf(destinations.Keys));

        await second.ArriveAsync(1);
        Assert.Equal(1, Assert.Single(second.Attempts).Event.Position);
    }

    [Fact]
    public async Task RemovedDestination_ComesBack_GetsWhatItMissed()
    {
        var first = new FakeDestination();
        var second = new FakeDestination();
        await using var harness = await DeliveryHarness.StartAsync(new() { ["first"] = first, ["second"] = second });
        await harness.ReloadAsync(DeliveryHarness.ConfigOf(["first"]));
        await harness.PublishAsync("u1");
        await first.ArriveAsync(1);

        await harness.ReloadAsync(DeliveryHarness.ConfigOf(["first", "second"]));

        await second.ArriveAsync(1);
    }
}
