using Postrider.Log;
using Postrider.Log.Redis;
using Eventually = Postrider.Tests.Gateway.Eventually;

namespace Postrider.Tests.Log.Redis.Sharing;

/// <summary>Several processes on one log in a real Redis: whose a partition is, and what its owner alone may write.</summary>
public sealed class SharedLogTests(RedisServer server) : IClassFixture<RedisServer>
{
    // Renewed each second. What this class looks at needs no lease to run out, and a machine that is busy must not let one.
    private static readonly SharingOptions Short = new() { Lease = TimeSpan.FromSeconds(3.3) };

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Open_Alone_OwnsAllPartitions()
    {
        await using var log = await server.OpenAsync(Options() with { Sharing = new SharingOptions() });

        Assert.All(log.Partitions, partition => Assert.True(partition.Lease is { IsHeld: true, IsValid: true }));
        Assert.Equal([0, 1, 2, 3], OwnedBy(log));
        Assert.Single(log.Sharing!.Members);
    }

    [Fact]
    public async Task Open_Gateway_OwnsNothingAndAppends()
    {
        await using var log = await server.OpenAsync(Options(delivers: false));

        await log.AppendAsync(TestEvents.Numbered(1));

        Assert.All(log.Partitions, partition => Assert.False(partition.Lease.IsHeld));
        await Assert.ThrowsAsync<GenerationMovedException>(() => log.Partitions[0].State.SaveAsync([SaveOf("crm")], Cancellation));
    }

    [Fact]
    public async Task Join_OwnerLetsGoOfTheSurplus_BothHaveTheirShare()
    {
        var options = Options();
        await using var one = await server.OpenAsync(options);
        using var letting = LetGo(one);
        await using var other = await server.OpenAsync(options);

        await Eventually.IsTrueAsync("both own two, and none the other's", () =>
            OwnedBy(one) is { Count: 2 } mine && OwnedBy(other) is { Count: 2 } others && mine.Union(others).Count() == 4);
    }

    [Fact]
    public async Task Leave_InOrder_TheOtherTakesAllAtOnce()
    {
        var options = Options() with { Sharing = new SharingOptions { Lease = TimeSpan.FromMinutes(1) } };
        await using var one = await server.OpenAsync(options);
        using var letting = LetGo(one);
        await using var other = await server.OpenAsync(options);
        await Eventually.IsTrueAsync("both own two", () => OwnedBy(one).Count == 2 && OwnedBy(other).Count == 2);

        await one.Sharing!.LeaveAsync();
        foreach (var partition in one.Partitions)
        {
            await partition.Lease.ReleaseAsync();
        }

        await Eventually.IsTrueAsync("the other owns all", () => OwnedBy(other).Count == 4);
        Assert.Empty(OwnedBy(one));
    }

    [Fact]
    public async Task Save_ByAnOwnerWhoseLeaseIsOverAndTaken_IsRefusedAndChangesNothing()
    {
        var options = Options() with { Partitions = 1, Sharing = new SharingOptions() };
        var one = await server.OpenAsync(options);
        var old = one.Partitions[0];
        await old.State.RegisterAsync([RecordOf("crm")], ["crm"], DateTimeOffset.UnixEpoch, Cancellation);
        await one.AppendAsync(TestEvents.Numbered(1));
        var keys = new PartitionKeys(options.Prefix, 0);

        // As another process would while this one stands still.
        await server.Database.HashSetAsync(keys.Meta, [new("token", "9-another"), new("owner", "another"), new("epoch", 9)]);

        await Assert.ThrowsAsync<GenerationMovedException>(() => old.State.SaveAsync([SaveOf("crm", 2)], Cancellation));
        await Assert.ThrowsAsync<GenerationMovedException>(() => old.State.ForgetAsync(new GivenUpRange("crm", 1, 2, 1, "x", DateTimeOffset.UnixEpoch), Cancellation));
        await Assert.ThrowsAsync<GenerationMovedException>(() => old.State.DeleteDeadLettersAsync("crm", [1], Cancellation));
        Assert.Equal(1, Assert.Single(await old.State.LoadDestinationsAsync(Cancellation)).Progress.ReadPosition);
        var trimmed = await server.Database.ScriptEvaluateAsync(
            RedisScripts.Trim, [keys.Meta, keys.Log, keys.Bodies, keys.References, keys.State("pins")], [old.Generation, 2, old.Generation, 1000, 100, ((PartitionLease)old.Lease).Token]);
        Assert.Equal("lost", ((string[])trimmed!)[0]);
        var successor = await old.Successor.WaitAsync(TimeSpan.FromSeconds(60), Cancellation);
        Assert.False(successor.Lease.IsHeld);
        Assert.False(old.Lease.IsValid);
        await one.DisposeAsync();
    }

    [Fact]
    public async Task RedisRestarted_OwnerGoesOnInTheNewGeneration()
    {
        await using var log = await server.OpenAsync(Options() with { Partitions = 1 });
        var old = log.Partitions[0];

        await server.RestartAsync();
        var successor = await old.Successor.WaitAsync(TimeSpan.FromSeconds(60), Cancellation);

        await Eventually.IsTrueAsync("it is its owner", () => log.Partitions[0].Lease is { IsHeld: true, IsValid: true });
        Assert.True(successor.Generation > old.Generation);
    }

    [Fact]
    public async Task RedisEmptied_OwnerTakesItsPartitionAgainAndDecisionsOutliveIt()
    {
        await using var log = await server.OpenAsync(Options() with { Partitions = 1 });
        await log.Sharing!.ControlAsync("crm", new DestinationControl(true, null), Cancellation);
        var old = log.Partitions[0];

        await server.Database.ExecuteAsync("FLUSHALL");

        await Eventually.IsTrueAsync("it owns the new one", () => log.Partitions[0] != old && log.Partitions[0].Lease is { IsHeld: true, IsValid: true });
        await using var other = await server.OpenAsync(Options(prefix: Prefix) with { Partitions = 1 });
        await Eventually.IsTrueAsync("others hear of the pause", () => other.Sharing!.Controls.GetValueOrDefault("crm")?.Control?.Paused is true);
    }

    [Fact]
    public async Task AskOwner_OfAnotherProcess_IsAnsweredOnceByTheOwner()
    {
        var options = Options() with { Partitions = 1 };
        await using var owner = await server.OpenAsync(options);
        await using var asking = await server.OpenAsync(options with { Sharing = Short with { Delivers = false } });
        var asked = 0;
        owner.Sharing!.AnswerWith((partition, request) =>
        {
            Interlocked.Increment(ref asked);
            return Task.FromResult<byte[]?>([(byte)partition, .. request]);
        });

        var answer = await asking.Sharing!.AskOwnerAsync(0, [1, 2, 3], Cancellation);

        Assert.Equal([0, 1, 2, 3], answer);
        Assert.Equal(1, asked);
    }

    [Fact]
    public async Task AskOwner_NobodyOwnsIt_EndsInTimeAndIsWithdrawn()
    {
        var options = Options(delivers: false) with { Partitions = 1 };
        await using var asking = await server.OpenAsync(options with { Sharing = options.Sharing! with { AnswerTimeout = TimeSpan.FromMilliseconds(300) } });

        await Assert.ThrowsAsync<LogUnavailableException>(() => asking.Sharing!.AskOwnerAsync(0, [1], Cancellation));

        Assert.Equal(0, await server.Database.HashLengthAsync(new SharingKeys(options.Prefix).Requests));
    }

    [Fact]
    public async Task Controls_DecidedByOne_AreKnownToAllWithinASecond()
    {
        var options = Options();
        await using var one = await server.OpenAsync(options);
        await using var other = await server.OpenAsync(options with { Sharing = Short with { Delivers = false } });
        var until = DateTimeOffset.UnixEpoch + TimeSpan.FromDays(30_000);

        await one.Sharing!.ControlAsync("crm", new DestinationControl(false, "gone"), Cancellation);
        await one.Sharing.HoldAsync("crm", until, "slow down", Cancellation);

        await Eventually.IsTrueAsync("the other knows", () => other.Sharing!.Controls.GetValueOrDefault("crm") is { Control.DisabledReason: "gone", HoldReason: "slow down" } found && found.HoldUntil == until);
    }

    [Fact]
    public async Task Idle_SixteenPartitions_CostsFewCommands()
    {
        await using var log = await server.OpenAsync(server.Options() with { Partitions = 16, Sharing = new SharingOptions() });
        var began = TimeProvider.System.GetTimestamp();

        var commands = await server.MonitorAsync(TimeSpan.FromSeconds(12));

        var rate = commands.Count / TimeProvider.System.GetElapsedTime(began).TotalSeconds;
        var kinds = string.Join(", ", commands.CountBy(name => name).OrderByDescending(kind => kind.Value).Select(kind => $"{kind.Key} {kind.Value}"));
        TestContext.Current.SendDiagnosticMessage($"idle, 16 partitions: {rate:0.0} commands a second: {kinds}");
        Assert.Contains("EVALSHA", commands, StringComparer.OrdinalIgnoreCase);
        Assert.True(rate < 50, $"{rate} commands a second: {kinds}");
    }

    [Fact]
    public async Task Leases_RedisAtItsMaxMemory_AreRenewedReleasedAndTaken()
    {
        var options = Options();
        await using var one = await server.OpenAsync(options);
        using var letting = LetGo(one);
        await using var other = await server.OpenAsync(options);
        await Eventually.IsTrueAsync("both own two", () => OwnedBy(one).Count == 2 && OwnedBy(other).Count == 2);
        await server.ConfigureAsync("maxmemory", server.Ask("INFO memory").Split("used_memory:")[1].Split('\r')[0]);
        try
        {
            await Assert.ThrowsAsync<LogUnavailableException>(
                async () => await one.AppendAsync([.. Enumerable.Range(0, 50).Select(i => TestEvents.Numbered(i, padding: 10_000))]));

            await one.Sharing!.LeaveAsync();
            foreach (var partition in one.Partitions)
            {
                await partition.Lease.ReleaseAsync();
            }

            await Eventually.IsTrueAsync("the other owns all", () => OwnedBy(other).Count == 4);
            var (owned, began) = (other.Partitions, TimeProvider.System.GetTimestamp());
            await Eventually.IsTrueAsync("a lease would be over", () => TimeProvider.System.GetElapsedTime(began) > options.Sharing!.Lease + options.Sharing.RenewEvery);

            Assert.Equal([0, 1, 2, 3], OwnedBy(other));
            Assert.DoesNotContain(owned, partition => partition.Successor.IsCompleted);
        }
        finally
        {
            await server.ConfigureAsync("maxmemory", "0");
        }
    }

    private string Prefix { get; } = "t" + Guid.NewGuid().ToString("n")[..8];

    private RedisLogOptions Options(bool delivers = true, string? prefix = null) =>
        server.Options(prefix ?? Prefix) with { Partitions = 4, Sharing = Short with { Delivers = delivers } };

    private static List<int> OwnedBy(RedisLog log) => [.. log.Partitions.Where(partition => partition.Lease is { IsHeld: true, IsValid: true }).Select(partition => partition.Number)];

    private static DestinationRecord RecordOf(string name) => new() { Name = name, StartPosition = 1, Progress = Progress.StartingAt(1), LastListed = DateTimeOffset.UnixEpoch };

    private static DestinationSave SaveOf(string name, long read = 1) => new(name) { Progress = Progress.StartingAt(read), Counters = default, Changes = [] };

    // As delivery would that has nothing in flight.
    private static CancellationTokenSource LetGo(RedisLog log)
    {
        var stop = new CancellationTokenSource();
        foreach (var partition in log.Partitions)
        {
            _ = Task.Run(
                async () =>
                {
                    await partition.Lease.Unwanted.WaitAsync(stop.Token);
                    await partition.Lease.ReleaseAsync();
                },
                stop.Token);
        }

        return stop;
    }
}
