using Postrider.Configuration;

namespace Postrider.Tests.Delivery;

/// <summary>Where destinations begin.</summary>
public sealed class DeliveryStartTests
{
    [Theory]
    [InlineData(StartFrom.Tail)]
    [InlineData(StartFrom.Oldest)]
    public async Task Start_StateLostAndDeliverFromOldest_DeliversWhatTheLogHoldsWhateverStartFromSays(StartFrom startFrom)
    {
        var destination = new FakeDestination();
        var log = Beginning(1);
        await log.AppendAsync(MemoryLog.NewEvent("u1", "{}"));
        await log.AppendAsync(MemoryLog.NewEvent("u1", "{}"));

        await using var harness = await DeliveryHarness.StartAsync(
            new() { ["a"] = destination }, settings => settings with { StartFrom = startFrom }, log: log);

        await destination.ArriveAsync(2);
        Assert.Equal([1L, 2L], destination.Attempts.Select(attempt => attempt.Event.Position));
    }

    [Fact]
    public async Task Start_StateLostAndDeliverFromTail_DeliversOnlyWhatComes()
    {
        var destination = new FakeDestination();
        var log = Beginning(2);
        await log.AppendAsync(MemoryLog.NewEvent("u1", "{}"));

        await using var harness = await DeliveryHarness.StartAsync(
            new() { ["a"] = destination }, settings => settings with { StartFrom = StartFrom.Oldest }, log: log);
        await harness.PublishAsync("u1");

        await destination.ArriveAsync(1);
        Assert.Equal(2, destination.Attempts.Single().Event.Position);
    }

    [Fact]
    public async Task Reload_DestinationAddedAfterAStartWithDeliverFrom_BeginsWhereItsSettingsSay()
    {
        var (first, second) = (new FakeDestination(), new FakeDestination());
        var destinations = new Dictionary<string, FakeDestination> { ["a"] = first };
        await using var harness = await DeliveryHarness.StartAsync(destinations, log: Beginning(1));
        await harness.PublishAsync("u1");
        destinations["b"] = second;

        await harness.ReloadAsync(DeliveryHarness.ConfigOf(["a", "b"]));
        await harness.PublishAsync("u1");

        await second.ArriveAsync(1);
        Assert.Equal(2, second.Attempts.Single().Event.Position);
    }

    private static MemoryLog Beginning(long position)
    {
        var log = new MemoryLog();
        log.Store.BeginsAt = position;
        return log;
    }
}
