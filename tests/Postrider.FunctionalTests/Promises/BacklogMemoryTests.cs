using System.Collections.Concurrent;
using System.Globalization;
using Postrider.FunctionalTests.Infrastructure;

namespace Postrider.FunctionalTests.Promises;

/// <summary>P5: memory does not grow with the backlog of a destination that is down. <c>POSTRIDER_BACKLOG_EVENTS</c> makes it larger.</summary>
[Collection(RealServers.Name)]
public sealed class BacklogMemoryTests(ITestOutputHelper output)
{
    private const int DefaultEvents = 200_000;
    private const int Users = 64;
    private const long MostResidentBytes = 400L << 20;

    private static readonly string Filler = new('x', 300);

    [Fact]
    public async Task P5_LargeBacklogOfADestinationThatIsDown_MemoryIsBoundedAndItDrainsInOrder()
    {
        var events = (Environment.GetEnvironmentVariable("POSTRIDER_BACKLOG_EVENTS") is { Length: > 0 } asked
            ? int.Parse(asked, CultureInfo.InvariantCulture)
            : DefaultEvents) / Users;
        var port = FreePort.Find();
        await using var server = new PostriderServer("log: { segmentSize: 16MiB, minFreeDisk: 64MiB }\ndestinations:\n"
            + PostriderServer.Webhook("down", new Uri($"http://127.0.0.1:{port}/"), "retry: { initial: 1s, max: 1s }"));
        await server.StartAsync("--log-level", "error");

        var began = TimeProvider.System.GetTimestamp();
        await Task.WhenAll(UserOrder.Users(Users).Select(user =>
            Task.Run(() => PipeliningClient.PublishAsync(server.Gateway, user, events, Filler, TestContext.Current.CancellationToken))));
        var published = TimeProvider.System.GetElapsedTime(began);
        var status = await server.StatusOfAsync("down");
        var peak = server.PeakResidentBytes;
        await server.KillAsync();
        await server.StartAsync("--log-level", "error");
        var (ready, mostToReady) = (server.TimeToReady, await ReadyLimit.MeasureAsync());

        began = TimeProvider.System.GetTimestamp();
        var order = new ConcurrentDictionary<string, OrderOfUser>(StringComparer.Ordinal);
        await using var receiver = await WebhookReceiver.StartAsync(
            arrival => order.GetOrAdd(arrival.UserId, _ => new OrderOfUser()).Take(int.Parse(arrival.Payload, CultureInfo.InvariantCulture)), port, keeps: false);
        await server.WaitUntilSettledAsync("down", TimeSpan.FromMilliseconds(30_000 + (2.0 * events * Users)));
        var drained = TimeProvider.System.GetElapsedTime(began);
        var peakAfter = server.PeakResidentBytes;

        output.WriteLine($"{events * Users} events: published in {published.TotalSeconds:0.0} s, peak {peak >> 20} MiB, then ready after {ready.TotalMilliseconds:0} ms, "
            + $"delivered in {drained.TotalSeconds:0.0} s, peak {peakAfter >> 20} MiB");
        Assert.Equal(events * Users, status.Lag + status.ParkedEvents);
        Assert.True(ready <= mostToReady, $"ready only after {ready}, more than {mostToReady}{server.Describe()}");
        Assert.InRange(Math.Max(peak, peakAfter), 1, MostResidentBytes);
        Assert.All(order.Values, user => Assert.Null(user.Violation));
        Assert.Equal(Users, order.Count(user => user.Value.Last == events));
    }

    /// <summary>Each event comes at most once here, because no attempt succeeded before the kill: so in order means without a gap.</summary>
    private sealed class OrderOfUser
    {
        private readonly Lock _lock = new();

        public int Last { get; private set; }

        public string? Violation { get; private set; }

        public WebhookAnswer Take(int number)
        {
            lock (_lock)
            {
                Violation ??= number == Last + 1 ? null : $"{number} came after {Last}";
                Last = number;
                return WebhookAnswer.Ok;
            }
        }
    }
}
