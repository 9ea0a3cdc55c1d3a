using Postrider.Destinations;
using Postrider.Log.Redis;
using Postrider.Tests.Delivery;
using StackExchange.Redis;

namespace Postrider.Tests.Log.Redis.Sharing;

/// <summary>Machines on one Redis whose clocks differ by two hours: leases, due times, retention and what is remembered of destinations go by Redis's time.</summary>
public sealed class SkewedClockTests(RedisServer server) : IClassFixture<RedisServer>
{
    private static readonly TimeSpan Skew = TimeSpan.FromHours(1);
    private static readonly TimeSpan Tolerance = TimeSpan.FromMinutes(1);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Leases_ClocksDiffer_AreRenewedSharedAndHandedOver()
    {
        var options = Options();
        await using var ahead = await server.OpenAsync(options, new SkewedClock(Skew));
        await using var first = await StartAsync(ahead, new FakeDestination());
        await using var behind = await server.OpenAsync(options, new SkewedClock(-Skew));
        await using (var second = await StartAsync(behind, new FakeDestination()))
        {
            await Eventually.TrueAsync("both own two", () => Owned(ahead) == 2 && Owned(behind) == 2);
            var renewed = await server.Database.HashGetAsync(Meta(options), "until");
            await Eventually.TrueAsync(
                "leases are renewed over twice their length",
                () => (long)server.Database.HashGet(Meta(options), "until") > (long)renewed + (2 * options.Sharing!.Lease.TotalMilliseconds));

            // A busy machine may miss a renewal for a moment, whatever its clock says.
            await Eventually.TrueAsync("both still own two, and know of each other", () => Owned(ahead) == 2 && Owned(behind) == 2
                && ahead.Sharing!.Members.Count == 2 && behind.Sharing!.Members.Count == 2);
        }

        await Eventually.TrueAsync("the one that stays owns all", () => Owned(ahead) == 4);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(-1)]
    public async Task Parked_ByAMachineWhoseClockDiffers_IsDueInTimeForItsSuccessor(int sign)
    {
        var options = Options() with { Partitions = 1 };
        var (failing, working) = (new FakeDestination { Answer = (_, _) => Task.FromResult(DeliveryResult.Retry("http", "busy")) }, new FakeDestination());
        await using (var one = await server.OpenAsync(options, new SkewedClock(Skew * sign)))
        await using (await StartAsync(one, failing))
        {
            await one.AppendAsync(TestEvents.Numbered(1));
            var state = one.Partitions[0].State;
            await Eventually.TrueAsync("it is parked", async () => (await state.ReadDueAsync("crm", 10, Cancellation)).Count == 1);
            Assert.InRange(Assert.Single(await state.ReadDueAsync("crm", 10, Cancellation)).Due - await RedisNowAsync(), -Tolerance, Tolerance);
            Assert.InRange(Assert.Single(await state.CountLanesAsync("crm", Cancellation)).Since - await RedisNowAsync(), -Tolerance, Tolerance);
        }

        await using var other = await server.OpenAsync(options, new SkewedClock(-Skew * sign));
        await using var next = await StartAsync(other, working);

        await Eventually.TrueAsync("it is delivered", () => working.Attempts.Count == 1);
    }

    [Fact]
    public async Task Records_OfMachinesWhoseClocksDiffer_CarryRedisTime()
    {
        var options = Options();
        await using var ahead = await server.OpenAsync(options, new SkewedClock(Skew));
        await using var first = await StartAsync(ahead, new FakeDestination());
        await using var behind = await server.OpenAsync(options, new SkewedClock(-Skew));
        await using var second = await StartAsync(behind, new FakeDestination());
        await Eventually.TrueAsync("both own two", () => Owned(ahead) == 2 && Owned(behind) == 2);

        var now = await RedisNowAsync();
        foreach (var log in new[] { ahead, behind })
        {
            Assert.InRange(log.Time.GetUtcNow() - now, -Tolerance, Tolerance);
            Assert.All(log.Sharing!.Members, member => Assert.InRange(member.LastSeen - now, -Tolerance, Tolerance));
            foreach (var partition in log.Partitions.Where(partition => partition.Lease.IsHeld))
            {
                var record = Assert.Single(await partition.State.LoadDestinationsAsync(Cancellation));
                Assert.InRange(record.LastListed - now, -Tolerance, Tolerance);
            }
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(-1)]
    public async Task Retain_OnAMachineWhoseClockDiffers_LastsAsLongAsItShould(int sign)
    {
        var options = Options() with { Partitions = 1, Retain = TimeSpan.FromSeconds(2) };
        await using var log = await server.OpenAsync(options, new SkewedClock(Skew * sign));
        await using var delivery = await StartAsync(log, new FakeDestination());
        var began = TimeProvider.System.GetTimestamp();
        await log.AppendAsync(TestEvents.Numbered(1));

        await Eventually.TrueAsync("it is settled and trimmed", async () =>
        {
            await log.TrimNowAsync(Cancellation);
            return log.Partitions[0].FirstPosition == 2;
        });

        Assert.True(TimeProvider.System.GetElapsedTime(began) >= options.Retain);
    }

    private static Task<DeliveryHarness> StartAsync(RedisLog log, FakeDestination destination) => DeliveryHarness.StartAsync(
        new() { ["crm"] = destination },
        config => config with { Retry = config.Retry with { Initial = TimeSpan.FromSeconds(1), Max = TimeSpan.FromSeconds(2) } },
        log.Time,
        log);

    private RedisLogOptions Options() => server.Options() with { Partitions = 4, Sharing = new SharingOptions { Lease = TimeSpan.FromSeconds(2) } };

    private static RedisKey Meta(RedisLogOptions options) => new PartitionKeys(options.Prefix, 0).Meta;

    private static int Owned(RedisLog log) => log.Partitions.Count(partition => partition.Lease is { IsHeld: true, IsValid: true });

    private async Task<DateTimeOffset> RedisNowAsync() =>
        DateTimeOffset.FromUnixTimeSeconds((long)((RedisResult[])(await server.Database.ExecuteAsync("TIME"))!)[0]);
}
