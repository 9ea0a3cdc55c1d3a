using System.Globalization;
using Postrider.FunctionalTests.Infrastructure;

namespace Postrider.FunctionalTests.Cluster;

/// <summary>Gateways and routers on one Redis: who delivers what when they come, go, die, and stand still.</summary>
[Collection(RealServers.Name)]
public sealed class ClusterTests(ITestOutputHelper output) : IAsyncLifetime
{
    private WebhookReceiver? _receiver;
    private ClusterHarness? _cluster;

    private ClusterHarness Cluster => _cluster!;

    private WebhookReceiver Receiver => _receiver!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _receiver = await WebhookReceiver.StartAsync();
        _cluster = new ClusterHarness { Destinations = PostriderServer.Webhook("crm", _receiver.Address) };
        await _cluster.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await Cluster.DisposeAsync();
        await Receiver.DisposeAsync();
    }

    [Fact]
    public async Task P1P2P3_GatewaysAndRoutersApart_WhatOneTakesAnotherDeliversInOrder()
    {
        var gateways = new[] { await Cluster.StartAsync("gateway"), await Cluster.StartAsync("gateway") };
        var routers = new[] { await Cluster.StartAsync("router"), await Cluster.StartAsync("router"), await Cluster.StartAsync("router") };
        await ClusterHarness.WaitUntilSharedAsync(routers);

        for (var i = 0; i < 200; i++)
        {
            await gateways[i % 2].AcceptAsync($"user-{i % 20}", $"{i}");
        }

        await ArriveAsync(200);
        AssertOrder();
        foreach (var server in gateways.Concat(routers))
        {
            var status = await server.WaitUntilSettledAsync("crm");
            Assert.Equal(200, status.Delivered);
            Assert.Equal(5, (await server.StatusAsync()).Members.Count);
        }

        Assert.Empty((await routers[0].StatusAsync()).Warnings);
    }

    [Fact]
    public async Task Leave_InOrder_AnotherDeliversWithinASecondOfTheLastAttempt()
    {
        var gateway = await Cluster.StartAsync("gateway");
        var (one, other) = (await Cluster.StartAsync("router"), await Cluster.StartAsync("router"));
        await ClusterHarness.WaitUntilSharedAsync(one, other);
        await EachUserAsync(gateway, "0");
        await ArriveAsync(40);

        var began = TimeProvider.System.GetTimestamp();
        await one.StopAsync();
        var stopped = TimeProvider.System.GetTimestamp();
        await EachUserAsync(gateway, "1");
        await ArriveAsync(80);
        var last = Receiver.Arrivals.Max(arrival => arrival.At);

        output.WriteLine($"orderly leave: the process ended after {TimeProvider.System.GetElapsedTime(began, stopped).TotalMilliseconds:0} ms, all partitions delivered {TimeProvider.System.GetElapsedTime(stopped, last).TotalMilliseconds:0} ms later");
        Assert.InRange(TimeProvider.System.GetElapsedTime(stopped, last), TimeSpan.Zero, TimeSpan.FromSeconds(1));
        AssertOrder();
        Assert.Equal(80, Receiver.Arrivals.Count);
    }

    [Fact]
    public async Task Leave_AttemptHangs_IsCutOffAfterTheHandoverTimeoutAndMadeAgainElsewhere()
    {
        var gateway = await Cluster.StartAsync("gateway");
        var one = await Cluster.StartAsync("router");
        var hangs = true;
        Receiver.Answer = _ => Volatile.Read(ref hangs) ? WebhookAnswer.Hanging : WebhookAnswer.Ok;
        await gateway.AcceptAsync("ada", "1");
        await gateway.AcceptAsync("ada", "2");
        await ArriveAsync(1);
        var other = await Cluster.StartAsync("router");

        Volatile.Write(ref hangs, false);
        await one.StopAsync();

        await other.WaitUntilSettledAsync("crm");
        Assert.Equal(["1", "1", "2"], Receiver.Arrivals.Select(arrival => arrival.Payload));
    }

    [Fact]
    public async Task Kill_Router_ItsPartitionsDeliverAgainWithinTheLeaseAndTwoSeconds()
    {
        var gateway = await Cluster.StartAsync("gateway");
        var (one, other) = (await Cluster.StartAsync("router"), await Cluster.StartAsync("router"));
        await ClusterHarness.WaitUntilSharedAsync(one, other);
        await EachUserAsync(gateway, "0");
        await ArriveAsync(40);

        var killed = TimeProvider.System.GetTimestamp();
        await one.KillAsync();
        await EachUserAsync(gateway, "1");
        await ArriveAsync(80);
        var took = TimeProvider.System.GetElapsedTime(killed, Receiver.Arrivals.Max(arrival => arrival.At));

        output.WriteLine($"kill -9: all partitions deliver again after {took.TotalMilliseconds:0} ms, lease {ClusterHarness.LeaseSeconds} s");
        Assert.InRange(took, TimeSpan.Zero, TimeSpan.FromSeconds(ClusterHarness.LeaseSeconds + 2));
        AssertOrder();
    }

    [Fact]
    public async Task Stop_ForLongerThanTheLease_WakesToNothingAndReordersNothing()
    {
        var gateway = await Cluster.StartAsync("gateway");
        var (one, other) = (await Cluster.StartAsync("router"), await Cluster.StartAsync("router"));
        await ClusterHarness.WaitUntilSharedAsync(one, other);
        await EachUserAsync(gateway, "0");
        await ArriveAsync(40);

        PosixSignals.Send(one.Process.Id, PosixSignals.Stop);
        await EachUserAsync(gateway, "1");
        await EachUserAsync(gateway, "2");
        await ArriveAsync(120);
        var before = Receiver.Arrivals.Count;
        PosixSignals.Send(one.Process.Id, PosixSignals.Continue);
        await ClusterHarness.WaitUntilSharedAsync(one, other);
        await EachUserAsync(gateway, "3");
        await ArriveAsync(160);

        await one.WaitUntilSettledAsync("crm");
        AssertOrder();
        output.WriteLine($"frozen for longer than its lease: {Receiver.Arrivals.Count - 160} repeats");
        Assert.InRange(Receiver.Arrivals.Count - 160, 0, 40);
        Assert.True(before >= 120);
    }

    [Fact]
    public async Task Kill_DestinationFailsMeanwhile_RetriesAndDeadLettersKeepEachUsersOrder()
    {
        Receiver.Answer = arrival => arrival.Payload switch
        {
            // Few enough that the breaker stays closed.
            "1" when arrival.Attempt < 3 && arrival.UserId.EndsWith('3') => WebhookAnswer.Failing,
            "2" => new WebhookAnswer(400, "no such order"),
            _ => WebhookAnswer.Ok,
        };
        await Cluster.DisposeAsync();
        _cluster = new ClusterHarness { Destinations = PostriderServer.Webhook("crm", Receiver.Address, "retry: { initial: 300ms, max: 1s }") };
        await Cluster.StartAsync();
        var gateway = await Cluster.StartAsync("gateway");
        var (one, other) = (await Cluster.StartAsync("router"), await Cluster.StartAsync("router"));
        await ClusterHarness.WaitUntilSharedAsync(one, other);

        for (var i = 0; i < 5; i++)
        {
            await EachUserAsync(gateway, i.ToString(CultureInfo.InvariantCulture));
            if (i == 2)
            {
                await one.KillAsync();
            }
        }

        await other.WaitUntilSettledAsync("crm", TimeSpan.FromSeconds(40));
        AssertOrder();
        await gateway.StatusOfAsync("crm", "all are delivered or dead", report => report is { DeadLetters: 40, Delivered: 160 });
    }

    [Fact]
    public async Task Control_AskedOfAGateway_IsObeyedByAllWithinASecondAndOutlivesTheRouters()
    {
        var gateway = await Cluster.StartAsync("gateway");
        var (one, other) = (await Cluster.StartAsync("router"), await Cluster.StartAsync("router"));
        await ClusterHarness.WaitUntilSharedAsync(one, other);

        await gateway.PauseAsync("crm");
        await Task.WhenAll(new[] { one, other }.Select(router => router.StatusOfAsync("crm", "is paused", report => report.State == "paused", TimeSpan.FromSeconds(2))));
        await EachUserAsync(gateway, "0");
        await one.KillAsync();
        await other.KillAsync();
        var third = await Cluster.StartAsync("router");
        await third.StatusOfAsync("crm", "is still paused", report => report.State == "paused");
        Assert.Empty(Receiver.Arrivals);

        await gateway.ResumeAsync("crm");
        await ArriveAsync(40);
        AssertOrder();
    }

    [Fact]
    public async Task RetryAfter_ToldToOneRouter_IsKeptByAll()
    {
        var gateway = await Cluster.StartAsync("gateway");
        var (one, other) = (await Cluster.StartAsync("router"), await Cluster.StartAsync("router"));
        await ClusterHarness.WaitUntilSharedAsync(one, other);
        Receiver.Answer = _ => new WebhookAnswer(429, "later", RetryAfterSeconds: 60);

        await EachUserAsync(gateway, "0");

        await Task.WhenAll(new[] { one, other }.Select(router => router.StatusOfAsync(
            "crm", "is left alone", report => report.State == "open" && report.Until > TimeProvider.System.GetUtcNow() + TimeSpan.FromSeconds(40), TimeSpan.FromSeconds(5))));
    }

    [Fact]
    public async Task Operators_AskAGateway_OwnersSkipReplayAndDelete()
    {
        var gateway = await Cluster.StartAsync("gateway");
        var (one, other) = (await Cluster.StartAsync("router"), await Cluster.StartAsync("router"));
        await ClusterHarness.WaitUntilSharedAsync(one, other);
        Receiver.Answer = arrival => arrival.Payload == "0" ? new WebhookAnswer(400, "no such order") : WebhookAnswer.Ok;
        string[] admin = ["--admin", gateway.Admin.AbsoluteUri];
        await EachUserAsync(gateway, "0");
        await gateway.StatusOfAsync("crm", "all are dead", report => report.DeadLetters == 40);

        var deleted = await PostriderProcess.RunAsync(["dead-letters", "delete", "--destination", "crm", "--key", "user-1", "--yes", .. admin]);
        Assert.True(deleted.ExitCode == 0, deleted.Output + deleted.Error);
        await gateway.StatusOfAsync("crm", "one is gone", report => report.DeadLetters == 39);

        Receiver.Answer = _ => WebhookAnswer.Ok;
        var replayed = await PostriderProcess.RunAsync(["dead-letters", "replay", "--destination", "crm", "--yes", .. admin]);
        Assert.True(replayed.ExitCode == 0, replayed.Output + replayed.Error);
        await gateway.StatusOfAsync("crm", "all were replayed", report => report is { DeadLetters: 0, Delivered: 39, ParkedEvents: 0 });

        await gateway.PauseAsync("crm");
        await EachUserAsync(gateway, "1");
        var skipped = await PostriderProcess.RunAsync(["skip", "crm", "--all", "--yes", .. admin]);
        Assert.True(skipped.ExitCode == 0, skipped.Output + skipped.Error);
        await gateway.ResumeAsync("crm");
        var settled = await gateway.WaitUntilSettledAsync("crm");
        Assert.Equal(39, settled.Delivered);
    }

    [Fact]
    public async Task Upgrade_OldAndNewConfigurationSideBySide_NothingIsSkippedOrForgotten()
    {
        var gateway = await Cluster.StartAsync("gateway");
        var old = await Cluster.StartAsync("router");
        await EachUserAsync(gateway, "0");
        await ArriveAsync(40);
        await using var added = await WebhookReceiver.StartAsync();
        var both = Cluster.Destinations + PostriderServer.Webhook("added", added.Address);

        var next = await Cluster.StartAsync("router", both);
        await ClusterHarness.WaitUntilSharedAsync(old, next);
        await EachUserAsync(gateway, "1");
        await ArriveAsync(80);
        var status = await next.StatusAsync();
        Assert.Contains(status.Warnings, warning => warning.Contains("configured differently", StringComparison.Ordinal));

        // The old one delivers nothing to the new destination; its part waits for one that knows it.
        await old.StopAsync();
        await Eventually.TrueAsync("the new destination has all since it began", () => added.Arrivals.Select(arrival => arrival.Id).Distinct().Count() == 40, Cluster.Describe);
        Assert.All(added.Arrivals, arrival => Assert.Equal("1", arrival.Payload));
        AssertOrder();
    }

    [Fact]
    public async Task Run_RoleWithTheEmbeddedLog_IsRefusedAsAMistake()
    {
        await using var server = new PostriderServer("log: { minFreeDisk: 64MiB }\n");

        var result = await server.RefuseAsync("--role", "router");

        Assert.Equal(2, result.ExitCode);
        Assert.Contains("log.type: redis", result.Error, StringComparison.Ordinal);
    }

    // One event of each of forty users, which stand in all partitions.
    private static async Task EachUserAsync(PostriderServer gateway, string payload)
    {
        for (var user = 0; user < 40; user++)
        {
            await gateway.AcceptAsync($"user-{user}", payload);
        }
    }

    private async Task ArriveAsync(int count) =>
        await Eventually.TrueAsync($"{count} events have arrived", () => Receiver.Arrivals.Select(arrival => arrival.Id).Distinct().Count() >= count, Cluster.Describe);

    private void AssertOrder()
    {
        foreach (var user in Receiver.Arrivals.GroupBy(arrival => arrival.UserId))
        {
            var order = user.Select(arrival => int.Parse(arrival.Payload, CultureInfo.InvariantCulture)).Distinct().ToList();
            Assert.Equal(order.Order(), order);
        }
    }
}
