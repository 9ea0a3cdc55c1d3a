using Postrider.Log;

namespace Postrider.Tests.Delivery;

public sealed class DeliveryStatusTests
{
    [Fact]
    public async Task GetStatus_OldestPendingEventIsDamaged_AnswersWithoutItsAge()
    {
        var log = new MemoryLog();
        await using var harness = await DeliveryHarness.StartAsync(new() { ["a"] = new FakeDestination() }, log: log);
        await harness.Service.PauseAsync("a", TestContext.Current.CancellationToken);
        await harness.PublishAsync("u1");
        log.ReadFailure = new LogCorruptException(new(0, 0, 1), "record 1 is damaged");

        var status = await harness.StatusAsync("a");

        Assert.Equal(1, status.Lag);
        Assert.Null(status.OldestPendingSeconds);
    }
}
