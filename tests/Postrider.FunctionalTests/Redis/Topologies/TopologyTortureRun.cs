using System.Diagnostics;
using Postrider.FunctionalTests.Infrastructure;
using Postrider.FunctionalTests.Torture;

namespace Postrider.FunctionalTests.Redis.Topologies;

/// <summary>One run: two whole processes on a Redis of several servers, whose faults follow each other while clients publish, and the judgement of the whole history.</summary>
internal sealed class TopologyTortureRun : IAsyncDisposable
{
    private const int Clients = 8;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly TorturePlan _plan;
    private readonly TortureWebhook[] _webhooks;
    private readonly PostriderServer[] _servers;
    private readonly TortureClient[] _clients;
    private readonly ServerGate _gate = new();
    private readonly FaultHistory _history;
    private readonly MachineWatch _machine = new();
    private readonly FaultTimes _refusals;

    /// <param name="plan">How long.</param>
    /// <param name="configuration">Of both processes.</param>
    /// <param name="webhooks">Their destinations.</param>
    public TopologyTortureRun(TorturePlan plan, string configuration, TortureWebhook[] webhooks)
    {
        (_plan, _webhooks) = (plan, webhooks);
        _servers = [new PostriderServer(configuration), new PostriderServer(configuration)];
        _refusals = new FaultTimes(_machine);
        _clients = [.. Enumerable.Range(0, Clients).Select(number => new TortureClient(number, _servers[number % 2], _gate, paced: true, _refusals))];
        _history = new FaultHistory(_clients, _webhooks);
    }

    public string Summary => _history.Summary;

    public PostriderServer Server => _servers[0];

    /// <summary>Publishes while each fault comes once, in this order, then any of them at random for as long as the plan says.</summary>
    public async Task PublishThroughAsync(IReadOnlyList<(string What, Func<Task> FailAsync)> faults)
    {
        foreach (var server in _servers)
        {
            await server.StartAsync("--log-level", "warning");
        }

        using var end = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        _gate.Open();
        var publishing = _clients.Select(client => Task.Run(() => client.RunAsync(end.Token), CancellationToken.None)).ToList();
#pragma warning disable CA5394 // A seed must repeat the run.
        var random = new Random(_plan.Seed);
        var began = Stopwatch.GetTimestamp();
        for (var turn = 0; Stopwatch.GetElapsedTime(began) < _plan.Publishing || turn < faults.Count; turn++)
        {
            // Not to wait for anything: the moment of a fault shall have nothing to do with what the processes do.
            await Task.Delay(TimeSpan.FromMilliseconds(random.Next(200, 1000)), TimeProvider.System, TestContext.Current.CancellationToken);
            var (what, failAsync) = faults[turn < faults.Count ? turn : random.Next(faults.Count)];
            var at = Stopwatch.GetTimestamp();
            _refusals.Begin();
            await failAsync();
            await TakeAgainAsync();
            _refusals.End();
            _history.Add(what, at);
        }
#pragma warning restore CA5394

        await end.CancelAsync();
        await Task.WhenAll(publishing);
    }

    public async Task DeliverTheRestAsync()
    {
        foreach (var webhook in _webhooks)
        {
            foreach (var server in _servers)
            {
                await server.WaitUntilSettledAsync(webhook.Name, Patience);
            }
        }
    }

    public IReadOnlyList<string> Judge() => _history.Judge();

    public string Describe() => string.Join('\n', _servers.Select(server => server.Describe()));

    public async ValueTask DisposeAsync()
    {
        foreach (var server in _servers)
        {
            await server.DisposeAsync();
        }

        _machine.Dispose();
    }

    // All partitions take events again, by both processes.
    private async Task TakeAgainAsync()
    {
        foreach (var server in _servers)
        {
            await Eventually.GetAsync("the whole log takes events again", server.StatusAsync, status => status is { Ready: true, Log.State: "ready" }, server.Describe, Patience);
        }
    }
}
