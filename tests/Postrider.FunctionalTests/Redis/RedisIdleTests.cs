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

        // The least of several: at the start there is more to ask. What of a core it takes depends on who else is there, so it is printed only;
        // how often it wakes does not.
        var (commandsPerSecond, share, wakes) = (double.MaxValue, double.MaxValue, double.MaxValue);
        for (var window = 0; window < Windows; window++)
        {
            var (commands, cpu, switches, began) = (Commands(redis), server.Process.CpuTime, server.Process.VoluntarySwitches, Stopwatch.GetTimestamp());
            await Task.Delay(TimeSpan.FromSeconds(Seconds), TimeProvider.System, TestContext.Current.CancellationToken);
            var seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
            commandsPerSecond = Math.Min(commandsPerSecond, (Commands(redis) - commands) / seconds);
            share = Math.Min(share, (server.Process.CpuTime - cpu).TotalSeconds / seconds);
            wakes = Math.Min(wakes, (server.Process.VoluntarySwitches - switches) / seconds);
        }

        var (latencies, yardsticks) = (new List<TimeSpan>(), new List<TimeSpan>());
        for (var i = 1; i <= 40; i++)
        {
            var before = Stopwatch.GetTimestamp();
            var id = await server.AcceptAsync($"user-{i}", $"{i}");
            yardsticks.Add(Stopwatch.GetElapsedTime(before));
            await Eventually.TrueAsync("it has arrived", () => receiver.Arrivals.Count(arrival => arrival.Id == id) == 2, server.Describe);
            latencies.Add(Stopwatch.GetElapsedTime(before, receiver.Arrivals.First(arrival => arrival.Id == id).At));
        }

        var (median, yardstick) = (latencies.Order().ElementAt(latencies.Count / 2), yardsticks.Order().ElementAt(yardsticks.Count / 2));
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"idle: {commandsPerSecond:0.0} commands/s, {wakes:0} wakes/s, {share * 100:0.00} % of a core; p50 from the request to its answer {yardstick.TotalMilliseconds:0.00} ms, to the first attempt {median.TotalMilliseconds:0.00} ms"));
        Assert.InRange(commandsPerSecond, 0, 60);
        Assert.InRange(wakes, 1, 250);

        // The answer is the yardstick: it, too, takes a request and a write to Redis. By the poll of each second it would be half a second more.
        var most = TimeSpan.FromMilliseconds(100) + (3 * yardstick);
        Assert.True(median < most, $"p50 {median}, of the answer {yardstick}");
    }

    private static long Commands(RedisProcess redis) => long.Parse(
        redis.Ask("INFO stats").Split("total_commands_processed:")[1].Split('\r')[0], CultureInfo.InvariantCulture);
}
