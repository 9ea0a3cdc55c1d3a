using System.Diagnostics;
using System.Globalization;
using Postrider.FunctionalTests.Infrastructure;

namespace Postrider.FunctionalTests.Redis;

/// <summary>What the real server costs a Redis, and the machine, while nothing happens; and how soon it acts when something does.</summary>
[Collection(RealServers.Name)]
public sealed class RedisIdleTests(ITestOutputHelper output)
{
    private const int Windows = 3;

    // One trim's period, so that each window has one.
    private const int Seconds = 10;

    [Fact]
    public async Task Idle_SixteenPartitions_CostsLittleAndAnEventIsAttemptedAtOnce()
    {
        await using var redis = new RedisProcess();
        await redis.StartAsync();
        await using var receiver = await WebhookReceiver.StartAsync();
        await using var server = new PostriderServer(
            $"log: {{ type: redis, connection: \"127.0.0.1:{redis.Port}\", durability: fsync, partitions: 16 }}\ndestinations:\n"
            + PostriderServer.Webhook("one", receiver.Address) + PostriderServer.Webhook("other", receiver.Address));
        await server.StartAsync();
        await server.AcceptAsync("ada", "0");
        await Eventually.TrueAsync("it has arrived at both", () => receiver.Arrivals.Count == 2, server.Describe);

        // The least of several: at the start there is more to ask. What of a core it takes is printed, and measured by the benchmarks.
        var (commandsPerSecond, share) = (double.MaxValue, double.MaxValue);
        for (var window = 0; window < Windows; window++)
        {
            var (commands, cpu) = (Commands(redis), server.Process.CpuTime);
            await Task.Delay(TimeSpan.FromSeconds(Seconds), TimeProvider.System, TestContext.Current.CancellationToken);
            commandsPerSecond = Math.Min(commandsPerSecond, (Commands(redis) - commands) / (double)Seconds);
            share = Math.Min(share, (server.Process.CpuTime - cpu).TotalSeconds / Seconds);
        }

        var latencies = new List<TimeSpan>();
        for (var i = 1; i <= 40; i++)
        {
            var before = Stopwatch.GetTimestamp();
            var id = await server.AcceptAsync($"user-{i}", $"{i}");
            await Eventually.TrueAsync("it has arrived", () => receiver.Arrivals.Count(arrival => arrival.Id == id) == 2, server.Describe);
            latencies.Add(Stopwatch.GetElapsedTime(before, receiver.Arrivals.First(arrival => arrival.Id == id).At));
        }

        var median = latencies.Order().ElementAt(latencies.Count / 2);
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"idle: {commandsPerSecond:0.0} commands/s, {share * 100:0.00} % of a core; from the request to the first attempt p50 {median.TotalMilliseconds:0.00} ms"));
        Assert.InRange(commandsPerSecond, 0, 50);
        Assert.True(median < TimeSpan.FromMilliseconds(50), $"p50 {median}");
    }

    private static long Commands(RedisProcess redis) => long.Parse(
        redis.Ask("INFO stats").Split("total_commands_processed:")[1].Split('\r')[0], CultureInfo.InvariantCulture);
}
