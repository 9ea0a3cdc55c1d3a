using System.Diagnostics;
using Postrider.Load.Generating;
using Postrider.Load.Measuring;
using Postrider.Load.Receiving;

namespace Postrider.Load.Running;

/// <summary>A fresh server, its sink and its generator: one run's world.</summary>
internal sealed class Rig : IAsyncDisposable
{
    private readonly Bench _bench;
    private readonly string _folder;
    private readonly string _configuration;
    private readonly string _moreOfLog;
    private readonly List<ServerProcess> _routers = [];

    private Rig(Bench bench, RigPlan plan, string folder, RedisProcess? redis)
    {
        _bench = bench;
        _folder = folder;
        Redis = redis;
        Sink = new Sink(plan.Receivers, plan.Users);
        _moreOfLog = plan.MoreOfLog;
        _configuration = string.Join('\n', plan.Configuration(Sink), bench.Options.ExtraConfig);
        Server = NewServer(folder, plan.Role);
        Generator = new Generator(Server.Port, plan.Connections, plan.Users, plan.Requests);
    }

    private static int _count;

    public Sink Sink { get; }

    public ServerProcess Server { get; }

    public Generator Generator { get; }

    /// <summary>Where the log is kept; null: in files of the server's own.</summary>
    public RedisProcess? Redis { get; }

    public static Task<Rig> StartAsync(Bench bench, int receivers, CancellationToken cancellationToken) =>
        StartAsync(bench, RigPlan.Webhooks(bench.Options, receivers), cancellationToken);

    public static async Task<Rig> StartAsync(Bench bench, RigPlan plan, CancellationToken cancellationToken)
    {
        var folder = Path.Combine(bench.Folder, $"run-{++_count}");
        Directory.CreateDirectory(folder);
        var durability = plan.Redis ?? (bench.Options.Log == LogKind.Redis ? bench.Options.Durability : null);
        var redis = durability is { } kept ? await RedisProcess.StartAsync(Path.Combine(folder, "redis"), kept, plan.Partitions, cancellationToken) : null;
        var rig = new Rig(bench, plan, folder, redis);
        try
        {
            await rig.Server.StartAsync(cancellationToken);
            return rig;
        }
        catch
        {
            await rig.DisposeAsync();
            throw;
        }
    }

    /// <summary>One more process on the same log, which delivers.</summary>
    public async Task<ServerProcess> AddRouterAsync(CancellationToken cancellationToken)
    {
        var folder = Path.Combine(_folder, $"router-{_routers.Count + 1}");
        Directory.CreateDirectory(folder);
        var router = NewServer(folder, "router");
        _routers.Add(router);
        await router.StartAsync(cancellationToken);
        return router;
    }

    public Task<LoadResult> PublishAsync(LoadPlan plan, CancellationToken cancellationToken) =>
        Server.WhileRunningAsync(stop => Generator.RunAsync(plan, stop), cancellationToken);

    /// <summary>Waits until a receiver has everything that was accepted. False: it still lacks some after the time given.</summary>
    public async Task<bool> DrainAsync(int receiver, TimeSpan atMost, CancellationToken cancellationToken)
    {
        var limit = Stopwatch.GetTimestamp() + (atMost.Ticks * 100);
        while (Sink.Receivers[receiver].Distinct < Generator.AcceptedCount)
        {
            if (Server.Process.HasExited || Stopwatch.GetTimestamp() > limit)
            {
                return false;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, cancellationToken);
        }

        return true;
    }

    public Task OpenWindowAsync(TimeSpan length) =>
        Sink.AskAsync(() =>
        {
            var start = Stopwatch.GetTimestamp();
            foreach (var receiver in Sink.Receivers)
            {
                receiver.OpenWindow(start, start + (length.Ticks * 100));
            }

            return true;
        });

    public MachineSample Sample() => MachineSample.Take(Server.Process, Redis?.Process);

    /// <summary>Holds a receiver to the promises: nothing missing, nothing out of order, everything signed.</summary>
    public async Task<string> CheckAsync(int receiver, bool withSick = true, bool mustBeComplete = true)
    {
        var line = await Sink.AskAsync(() =>
        {
            var it = Sink.Receivers[receiver];
            var missing = Generator.Accepted.CountAbsentFrom(it.Arrived, user => withSick || !Receiver.IsSick(user));
            var text = $"webhook{receiver + 1}: {it.Distinct:N0} arrived, {missing:N0} missing, {it.Reordered:N0} out of order, {it.Repeats:N0} repeated";
            return (Text: text, Bad: (mustBeComplete && missing > 0) || it.Reordered + it.Unsigned + it.Unreadable + it.Astray > 0, it.Unsigned, it.Unreadable, it.Astray);
        });
        var whole = line.Text + (line.Unsigned + line.Unreadable == 0 ? "" : $", {line.Unsigned:N0} unsigned, {line.Unreadable:N0} unreadable")
            + (line.Astray == 0 ? "" : $", {line.Astray:N0} at another's address");
        if (line.Bad)
        {
            _bench.Violations.Add(whole);
        }

        return whole;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var router in _routers)
        {
            await router.DisposeAsync();
        }

        await Server.DisposeAsync();
        if (Redis is not null)
        {
            await Redis.DisposeAsync();
        }

        Sink.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private ServerProcess NewServer(string folder, string role) =>
        new(_bench.Server, folder, Redis?.LogSetting(_moreOfLog) ?? ServerConfig.EmbeddedLog, _configuration, role);
}
