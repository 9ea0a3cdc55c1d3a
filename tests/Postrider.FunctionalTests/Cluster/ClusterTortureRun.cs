using System.Diagnostics;
using System.Globalization;
using Postrider.FunctionalTests.Infrastructure;
using Postrider.FunctionalTests.Torture;

namespace Postrider.FunctionalTests.Cluster;

/// <summary>One run: one fault after the other while clients publish, and the judgement of the whole history.</summary>
internal sealed class ClusterTortureRun
{
    private const int Clients = 8;

    private static readonly FaultKind[] Kinds = [.. Enum.GetValues<FaultKind>().Except([FaultKind.MachineStalled])];

    // Progress is saved each 100 ms, and a save lasts about as long as the slowest answer of that time, which waits for the same disk; one save
    // can be under way when the next interval ends. No attempt starts when it is a second late.
    private static readonly TimeSpan SaveInterval = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestSave = TimeSpan.FromSeconds(1);

    private readonly TorturePlan _plan;
    private readonly ClusterSite _site;
    private readonly MachineWatch _machine;
    private readonly ServerGate[] _gates = [new(), new()];
    private readonly FaultTimes[] _refusals;
    private readonly TortureClient[] _clients;
    private readonly List<ClusterFault> _faults = [];
    private readonly DeadlineLog _deadlines = new();
    private RepeatJudge? _repeats;

    public ClusterTortureRun(TorturePlan plan, ClusterSite site, MachineWatch machine)
    {
        (_plan, _site, _machine) = (plan, site, machine);
        _refusals = [new(machine), new(machine)];
        _clients = [.. Enumerable.Range(0, Clients).Select(number => new TortureClient(number, site.Gateways[number % 2], _gates[number % 2], paced: true, _refusals[number % 2]))];
    }

    public string Summary => string.Create(CultureInfo.InvariantCulture, $"""
        {_clients.Sum(client => client.AcceptedCount)} events accepted, {_clients.Sum(client => client.Unanswered)} requests unanswered, {_clients.Sum(client => client.Refusals)} of them refused,
        repeats {string.Join(", ", _site.Webhooks.Select(webhook => $"{webhook.Name} {webhook.Users.Sum(user => user.Repeats.Count)}"))},
        {_site.Upserts.Updates} upserts, {_site.Upserts.Stale} of them of events that were there or older,
        faults and the repeats that they explain: {_repeats?.Describe()}
        """);

    /// <summary>Starts all processes, and lets clients publish while something is done to them.</summary>
    public async Task PublishWhileAsync(Func<Task> work)
    {
        foreach (var server in _site.Gateways.Concat(_site.Routers))
        {
            await server.StartAsync("--log-level", "warning");
        }

        using var end = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        foreach (var gate in _gates)
        {
            gate.Open();
        }

        var publishing = _clients.Select(client => Task.Run(() => client.RunAsync(end.Token), CancellationToken.None)).ToList();
        await work();
        await end.CancelAsync();
        await Task.WhenAll(publishing);
    }

    /// <summary>One fault after the other: each kind once, in an order of the seed's, then any at random.</summary>
    public async Task FailAtRandomAsync()
    {
#pragma warning disable CA5394 // A seed must repeat the run.
        var random = new Random(_plan.Seed);
        var began = Stopwatch.GetTimestamp();
        var first = Kinds.ToArray();
        random.Shuffle(first);
        for (var turn = 0; Stopwatch.GetElapsedTime(began) < _plan.Publishing || turn < first.Length; turn++)
        {
            // Not to wait for anything: the moment of a fault shall have nothing to do with what the processes do.
            await Task.Delay(TimeSpan.FromMilliseconds(random.Next(200, 1500)), TimeProvider.System, TestContext.Current.CancellationToken);
            await FailAsync(turn < first.Length ? first[turn] : Kinds[random.Next(Kinds.Length)], random);
        }
#pragma warning restore CA5394
    }

    /// <summary>Stops each process in order and starts it again as another build, routers first; in between one of each is killed.</summary>
    /// <param name="executable">The other build; null: this one.</param>
    public async Task ReplaceAllAsync(string? executable)
    {
        for (var i = 0; i < _site.Routers.Length; i++)
        {
            _site.Routers[i].Executable = executable;
            await FailRouterAsync(FaultKind.RouterRestarted, _site.Routers[i]);
            await ClusterHarness.WaitUntilSharedAsync(_site.Routers);
            await FailRouterAsync(FaultKind.RouterKilled, _site.Routers[(i + 1) % _site.Routers.Length]);
            await ClusterHarness.WaitUntilSharedAsync(_site.Routers);
        }

        for (var i = 0; i < _site.Gateways.Length; i++)
        {
            _site.Gateways[i].Executable = executable;
            await KillGatewayAsync(i);
        }
    }

    public async Task DeliverTheRestAsync()
    {
        await ClusterHarness.WaitUntilSharedAsync(_site.Routers);
        foreach (var name in _site.Webhooks.Select(webhook => webhook.Name).Append(ClusterSite.Mirror))
        {
            foreach (var router in _site.Routers)
            {
                await router.WaitUntilSettledAsync(name, TimeSpan.FromSeconds(60));
            }
        }
    }

    public IReadOnlyList<string> Judge()
    {
        var found = new List<string>();
        var ids = new HashSet<string>(StringComparer.Ordinal);
        var newest = new Dictionary<string, (SentEvent Sent, string Id)>(StringComparer.Ordinal);
        foreach (var client in _clients)
        {
            foreach (var user in client.Users)
            {
                var accepted = client.AcceptedOf(user);
                found.AddRange(accepted.Where(pair => !ids.Add(pair.Value)).Select(pair => $"the id {pair.Value} of event {pair.Key} of {user} was given twice"));
                found.AddRange(_site.Webhooks.SelectMany(webhook => webhook.Of(user).Judge(accepted, client.TriesOf(user))));
                if (accepted.Count > 0)
                {
                    var last = accepted.MaxBy(pair => pair.Key);
                    newest.Add(user, (last.Key, last.Value));
                }
            }
        }

        found.AddRange(_site.JudgeUpserts(newest));
        var stalls = _machine.Stalls.Select(stall => new ClusterFault(FaultKind.MachineStalled, null, stall.From, stall.To, UnsavedAt(stall.From)));
        foreach (var router in _site.Routers)
        {
            _deadlines.Read(router);
        }

        _repeats = new RepeatJudge([.. stalls, .. _faults], _deadlines);
        found.AddRange(_repeats.Judge(_site.Webhooks.SelectMany(webhook => webhook.Users).SelectMany(user => user.Repeats)));
        return found;
    }

    private Task FailAsync(FaultKind kind, Random random)
    {
#pragma warning disable CA5394
        var (gateway, router) = (random.Next(_site.Gateways.Length), _site.Routers[random.Next(_site.Routers.Length)]);
        var time = TimeSpan.FromSeconds(ClusterHarness.LeaseSeconds + 0.5 + (2 * random.NextDouble()));
#pragma warning restore CA5394
        return kind switch
        {
            FaultKind.RouterKilled or FaultKind.RouterRestarted => FailRouterAsync(kind, router),
            FaultKind.RouterFrozen => RecordAsync(kind, router, () => FreezeAsync(router, time)),
            FaultKind.RouterWithoutRedis => RecordAsync(kind, router, () => CutAsync(time, _site.ToRedis(router))),
            FaultKind.RouterWithoutReceivers => RecordAsync(kind, router, () => CutAsync(time, [.. _site.ToReceivers(router)])),
            FaultKind.RouterAlone => RecordAsync(kind, router, () => CutAsync(time, [_site.ToRedis(router), .. _site.ToReceivers(router)])),
            FaultKind.GatewayKilled => RecordAsync(kind, null, () => KillGatewayAsync(gateway)),
            FaultKind.GatewayFrozen => RecordAsync(kind, null, () => WhileRefusedAsync([gateway], () => FreezeAsync(_site.Gateways[gateway], time))),
            FaultKind.GatewayWithoutRedis => RecordAsync(kind, null, () => WhileRefusedAsync([gateway], () => CutAsync(time, _site.ToRedis(_site.Gateways[gateway])))),
            FaultKind.RedisKilled => RecordAsync(kind, null, () => HoldClientsAsync(KillRedisAsync)),
            FaultKind.RedisFrozen => RecordAsync(kind, null, () => HoldClientsAsync(() => FreezeRedisAsync(time))),
            _ => throw new InvalidOperationException($"{kind} is not made."),
        };
    }

    private async Task FailRouterAsync(FaultKind kind, PostriderServer router)
    {
        await RecordAsync(kind, router, () => kind == FaultKind.RouterKilled ? router.KillAsync() : router.StopAsync());
        _deadlines.Read(router);
        await router.StartAsync("--log-level", "warning");
    }

    private async Task RecordAsync(FaultKind kind, PostriderServer? router, Func<Task> fault)
    {
        var unsaved = UnsavedAt(Stopwatch.GetTimestamp());
        var began = Stopwatch.GetTimestamp();
        await fault();
        _faults.Add(new ClusterFault(kind, router is null ? null : _site.PathOf(router), began, Stopwatch.GetTimestamp(), unsaved));
    }

    // How long before then what was settled may not have been saved yet.
    private TimeSpan UnsavedAt(long then)
    {
        var slowest = _clients.SelectMany(client => client.Latencies)
            .Where(latency => latency.At > then - (2 * Stopwatch.Frequency) && latency.At <= then)
            .Select(latency => latency.Time)

            // Not those that waited for a gateway that stood still.
            .Where(time => time < LongestSave)
            .DefaultIfEmpty()
            .Max();
        var saves = SaveInterval + (2 * slowest);
        return saves < LongestSave ? saves : LongestSave;
    }

    private static async Task FreezeAsync(PostriderServer server, TimeSpan time)
    {
        PosixSignals.Send(server.Process.Id, PosixSignals.Stop);
        await Task.Delay(time, TimeProvider.System, TestContext.Current.CancellationToken);
        PosixSignals.Send(server.Process.Id, PosixSignals.Continue);
    }

    private static async Task CutAsync(TimeSpan time, params TcpLine[] lines)
    {
        foreach (var line in lines)
        {
            line.Cut();
        }

        await Task.Delay(time, TimeProvider.System, TestContext.Current.CancellationToken);
        foreach (var line in lines)
        {
            line.Mend();
        }
    }

    private async Task KillGatewayAsync(int gateway)
    {
        _gates[gateway].Close();
        await _site.Gateways[gateway].KillAsync();
        await _site.Gateways[gateway].StartAsync("--log-level", "warning");
        _gates[gateway].Open();
    }

    private async Task KillRedisAsync()
    {
        await _site.Cluster.Redis.KillAsync();
        await _site.Cluster.Redis.StartAsync();
    }

    private async Task FreezeRedisAsync(TimeSpan time)
    {
        _site.Cluster.Redis.Freeze();
        await Task.Delay(time, TimeProvider.System, TestContext.Current.CancellationToken);
        _site.Cluster.Redis.Thaw();
    }

    // The others' clients go on, and must not be refused.
    private async Task WhileRefusedAsync(int[] gateways, Func<Task> fault)
    {
        foreach (var gateway in gateways)
        {
            _refusals[gateway].Begin();
        }

        await fault();
        foreach (var gateway in gateways)
        {
            var server = _site.Gateways[gateway];
            await Eventually.GetAsync("the gateway is ready again", server.ReadyAsync, answer => answer.GetProperty("ready").GetBoolean(), server.Describe);
            _refusals[gateway].End();
        }
    }

    // So that they do not spin on refusals; what they have under way meets the fault.
    private Task HoldClientsAsync(Func<Task> fault)
    {
        foreach (var gate in _gates)
        {
            gate.Close();
        }

        return OpenAgainAsync();

        async Task OpenAgainAsync()
        {
            await WhileRefusedAsync([0, 1], fault);
            foreach (var gate in _gates)
            {
                gate.Open();
            }
        }
    }
}
