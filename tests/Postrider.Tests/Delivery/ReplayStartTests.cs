using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging.Abstractions;
using Postrider.Delivery;
using Postrider.Diagnostics;
using Postrider.Log;
using Postrider.Tests.Log;

namespace Postrider.Tests.Delivery;

/// <summary>A replay begins in all partitions or in none.</summary>
public sealed class ReplayStartTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Start_OnePartitionCannotStoreIt_LeavesNoneThatARestartWouldTakeUp()
    {
        var log = new PartitionedMemoryLog(2);
        var destination = new FakeDestination();
        await using var service = new DeliveryService(
            log, [new FakeDestinationFactory(_ => destination)], new PostriderMetrics(new TestMeters()), TimeProvider.System, () => 0.5, NullLoggerFactory.Instance);
        await service.StartAsync(DeliveryHarness.ConfigOf(["a"]), Cancellation);
        await log.AppendAsync([.. Enumerable.Range(0, 4).Select(_ => MemoryLog.NewEvent(null))]);
        await Eventually.TrueAsync("they are delivered", async () => (await service.GetStatusAsync(Cancellation)).Single() is { Delivered: 4, Lag: 0 });
        var second = (MemoryStateStore)log.Partitions[1].State;
        second.Unavailable = new LogUnavailableException("no storage", TimeSpan.FromSeconds(1));

        await Assert.ThrowsAsync<LogUnavailableException>(() => service.Replays.StartAsync(new ReplayRequest("a", false, new EventSelection(), null, null), Cancellation));
        second.Unavailable = null;

        Assert.Empty(await service.Replays.ListAsync(Cancellation));
        var stored = Assert.Single(await log.Partitions[0].State.LoadReplaysAsync(Cancellation));
        Assert.Equal(ReplayState.Failed, stored.Progress.State);
        Assert.NotNull(stored.Progress.Reason);
        Assert.Empty(await second.LoadReplaysAsync(Cancellation));
        Assert.Equal(4, destination.Attempts.Count);
    }

    private sealed class TestMeters : IMeterFactory
    {
        public Meter Create(MeterOptions options) => new(options);

        public void Dispose()
        {
        }
    }
}
