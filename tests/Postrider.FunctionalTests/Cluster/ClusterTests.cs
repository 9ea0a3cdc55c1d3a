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
        var (one, other) = (await StartRouterAsync("one"), await StartRouterAsync("other"));
        await ClusterHarness.WaitUntilSharedAsync(one, other);
        await EachUserAsync(gateway, "0");
        await ArriveAsync(40);

        using var machine = new MachineWatch();
        var began = TimeProvider.System.GetTimestamp();
        var stopping = one.StopAsync();
        var accepted = new Dictionary<(string User, string Payload), long>();
        var round = 1;
        for (var isLast = false; !isLast; round++)
        {
            isLast = stopping.IsCompleted;
            foreach (var (user, at) in await EachUserAsync(gateway, $"{round}"))
            {
                accepted.Add((user, $"{round}"), at);
            }
        }

        await stopping;
        await ArriveAsync(40 * round);

        // From when it was told to go, from its own last attempt of a user, and from when there was something to deliver.
        var lastOfOne = Receiver.Arrivals.Where(arrival => arrival.Path == "/one").GroupBy(arrival => arrival.UserId).ToDictionary(user => user.Key, user => Math.Max(began, user.Max(arrival => arrival.At)));
        var slowest = Receiver.Arrivals.Where(arrival => arrival.Path == "/other" && lastOfOne.ContainsKey(arrival.UserId))
            .Max(arrival => TimeProvider.System.GetElapsedTime(Math.Max(lastOfOne[arrival.UserId], accepted[(arrival.UserId, arrival.Payload)]), arrival.At));
        var lost = machine.LostSince(began);

        output.WriteLine($"orderly leave: each event was delivered elsewhere at most {slowest.TotalMilliseconds:0} ms after the last attempt's end; the machine stood still for {lost.TotalMilliseconds:0} ms");
        Assert.True(slowest <= TimeSpan.FromSeconds(1) + lost, $"{slowest}, the machine's own part {lost}{Cluster.Describe()}");
        AssertOrder();
        Assert.Equal(40 * round, Receiver.Arrivals.Count);
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

        using var machine = new MachineWatch();
        var killed = TimeProvider.System.GetTimestamp();
        await one.KillAsync();
        await EachUserAsync(gateway, "1");
        await ArriveAsync(80);
        var took = TimeProvider.System.GetElapsedTime(killed, Receiver.Arrivals.Max(arrival => arrival.At));

        var lost = machine.LostSince(killed);

        output.WriteLine($"kill -9: all partitions deliver again after {took.TotalMilliseconds:0} ms, lease {ClusterHarness.LeaseSeconds} s; the machine stood still for {lost.TotalMilliseconds:0} ms");
        Assert.InRange(took, TimeSpan.Zero, TimeSpan.FromSeconds(ClusterHarness.LeaseSeconds + 2) + lost);
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
        await using var marker = await WebhookReceiver.StartAsync();
        string DestinationsOf(string router) => PostriderServer.Webhook("crm", new Uri(Receiver.Address, router)) + PostriderServer.Webhook("marker", marker.Address);
        var gateway = await Cluster.StartAsync("gateway", DestinationsOf("one"));
        var (one, other) = (await Cluster.StartAsync("router", DestinationsOf("one")), await Cluster.StartAsync("router", DestinationsOf("other")));
        await ClusterHarness.WaitUntilSharedAsync(one, other);
        Receiver.Answer = arrival => arrival.Path == "/one" ? new WebhookAnswer(429, "later", RetryAfterSeconds: 60) : WebhookAnswer.Ok;

        await EachUserAsync(gateway, "0");
        await Task.WhenAll(new[] { one, other }.Select(router => router.StatusOfAsync(
            "crm", "is left alone", report => report.State == "open" && report.Until > TimeProvider.System.GetUtcNow() + TimeSpan.FromSeconds(40))));
        await EachUserAsync(gateway, "1");
        await Eventually.TrueAsync("the marker has all", () => marker.Arrivals.Select(arrival => arrival.Id).Distinct().Count() == 80, Cluster.Describe);

        // The one whom nobody told holds too: what came since has gone by, and nothing of it was sent.
        Assert.Contains(Receiver.Arrivals, arrival => arrival.Path == "/other");
        Assert.DoesNotContain(Receiver.Arrivals, arrival => arrival.Payload == "1");
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
    public async Task Run_RoleWithTheEmbeddedLog_IsRefusedAsAMistake()
    {
        await using var server = new PostriderServer("log: { minFreeDisk: 64MiB }\n");

        var result = await server.RefuseAsync("--role", "router");

        Assert.Equal(2, result.ExitCode);
        Assert.Contains("log.type: redis", result.Error, StringComparison.Ordinal);
    }

    // One event of each of forty users, which stand in all partitions; when each was accepted.
    private static async Task<Dictionary<string, long>> EachUserAsync(PostriderServer gateway, string payload)
    {
        var accepted = new Dictionary<string, long>(StringComparer.Ordinal);
        for (var user = 0; user < 40; user++)
        {
            await gateway.AcceptAsync($"user-{user}", payload);
            accepted.Add($"user-{user}", TimeProvider.System.GetTimestamp());
        }

        return accepted;
    }

    // Its deliveries have a path of their own.
    private Task<PostriderServer> StartRouterAsync(string name) => Cluster.StartAsync("router", PostriderServer.Webhook("crm", new Uri(Receiver.Address, name)));

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
