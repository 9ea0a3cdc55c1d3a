using System.Diagnostics;
using Postrider.FunctionalTests.Infrastructure;
using Postrider.FunctionalTests.Torture;

namespace Postrider.FunctionalTests.Cluster;

/// <summary>One run: two gateways, three routers and their Redis, one fault after the other, and the judgement of the whole history.</summary>
internal sealed class ClusterTortureRun
{
    private const int Clients = 8;

    private readonly TorturePlan _plan;
    private readonly ClusterHarness _cluster;
    private readonly TortureWebhook[] _webhooks;
    private readonly PostriderServer[] _gateways;
    private readonly PostriderServer[] _routers;
    private readonly ServerGate[] _gates = [new(), new()];
    private readonly TortureClient[] _clients;
    private readonly FaultHistory _history;

    public ClusterTortureRun(TorturePlan plan, ClusterHarness cluster, TortureWebhook[] webhooks)
    {
        (_plan, _cluster, _webhooks) = (plan, cluster, webhooks);
        _gateways = [cluster.Add("gateway"), cluster.Add("gateway")];
        _routers = [cluster.Add("router"), cluster.Add("router"), cluster.Add("router")];
        _clients = [.. Enumerable.Range(0, Clients).Select(number => new TortureClient(number, _gateways[number % 2], _gates[number % 2], paced: true, mayBeRefused: true))];
        _history = new FaultHistory(_clients, _webhooks);
    }

    public string Summary => _history.Summary;

    public async Task PublishThroughFaultsAsync()
    {
        foreach (var server in _gateways.Concat(_routers))
        {
            await server.StartAsync("--log-level", "warning");
        }

        using var end = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        foreach (var gate in _gates)
        {
            gate.Open();
        }

        var publishing = _clients.Select(client => Task.Run(() => client.RunAsync(end.Token), CancellationToken.None)).ToList();
#pragma warning disable CA5394 // A seed must repeat the run.
        var random = new Random(_plan.Seed);
        var began = Stopwatch.GetTimestamp();
        for (var turn = 0; Stopwatch.GetElapsedTime(began) < _plan.Publishing || turn < 7; turn++)
        {
            // Not to wait for anything: the moment of a fault shall have nothing to do with what the processes do.
            await Task.Delay(TimeSpan.FromMilliseconds(random.Next(200, 1500)), TimeProvider.System, TestContext.Current.CancellationToken);

            // Each kind comes once, then any at random.
            await FailAsync(turn < 7 ? turn : random.Next(7), random);
        }
#pragma warning restore CA5394

        await end.CancelAsync();
        await Task.WhenAll(publishing);
    }

    public async Task DeliverTheRestAsync()
    {
        await ClusterHarness.WaitUntilSharedAsync(_routers);
        foreach (var webhook in _webhooks)
        {
            foreach (var router in _routers)
            {
                await router.WaitUntilSettledAsync(webhook.Name, TimeSpan.FromSeconds(60));
            }
        }
    }

    public IReadOnlyList<string> Judge() => _history.Judge();

    private async Task FailAsync(int kind, Random random)
    {
#pragma warning disable CA5394
        var (gateway, router) = (random.Next(_gateways.Length), _routers[random.Next(_routers.Length)]);
        var frozen = TimeSpan.FromSeconds(ClusterHarness.LeaseSeconds + 0.5 + (2 * random.NextDouble()));
#pragma warning restore CA5394
        var began = Stopwatch.GetTimestamp();
        var what = kind switch
        {
            0 => await KillRouterAsync(router),
            1 => await FreezeAsync(router, frozen),
            2 => await KillGatewayAsync(gateway),
            3 => await FreezeAsync(_gateways[gateway], frozen),
            4 => await KillRedisAsync(),
            5 => await FreezeRedisAsync(frozen),
            _ => await RestartRouterAsync(router),
        };
        _history.Add(what, began);
    }

    private static async Task<string> KillRouterAsync(PostriderServer router)
    {
        await router.KillAsync();
        await router.StartAsync("--log-level", "warning");
        return "router killed";
    }

    private static async Task<string> RestartRouterAsync(PostriderServer router)
    {
        await router.StopAsync();
        await router.StartAsync("--log-level", "warning");
        return "router restarted in order";
    }

    private static async Task<string> FreezeAsync(PostriderServer server, TimeSpan time)
    {
        PosixSignals.Send(server.Process.Id, PosixSignals.Stop);
        await Task.Delay(time, TimeProvider.System, TestContext.Current.CancellationToken);
        PosixSignals.Send(server.Process.Id, PosixSignals.Continue);
        return $"{server.Role} frozen";
    }

    private async Task<string> KillGatewayAsync(int gateway)
    {
        _gates[gateway].Close();
        await _gateways[gateway].KillAsync();
        await _gateways[gateway].StartAsync("--log-level", "warning");
        _gates[gateway].Open();
        return "gateway killed";
    }

    private async Task<string> KillRedisAsync()
    {
        await HoldClientsAsync(async () =>
        {
            await _cluster.Redis.KillAsync();
            await _cluster.Redis.StartAsync();
        });
        return "redis killed";
    }

    private async Task<string> FreezeRedisAsync(TimeSpan time)
    {
        await HoldClientsAsync(async () =>
        {
            _cluster.Redis.Freeze();
            await Task.Delay(time, TimeProvider.System, TestContext.Current.CancellationToken);
            _cluster.Redis.Thaw();
        });
        return "redis frozen";
    }

    // So that they do not spin on refusals; what they have under way meets the fault.
    private async Task HoldClientsAsync(Func<Task> fault)
    {
        foreach (var gate in _gates)
        {
            gate.Close();
        }

        await fault();
        foreach (var (server, gate) in _gateways.Zip(_gates))
        {
            await Eventually.GetAsync("the gateway is ready again", server.ReadyAsync, answer => answer.GetProperty("ready").GetBoolean(), server.Describe);
            gate.Open();
        }
    }
}
