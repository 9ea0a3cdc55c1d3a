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

    private Rig(Bench bench, int receivers, int number)
    {
        _bench = bench;
        _folder = Path.Combine(bench.Folder, $"run-{number}");
        Directory.CreateDirectory(_folder);
        Sink = new Sink(receivers, bench.Options.Users);
        var urls = Enumerable.Range(0, receivers).Select(Sink.UrlOf).ToArray();
        Server = new ServerProcess(bench.Server, _folder, urls, bench.Options.ExtraConfig);
        Generator = new Generator(Server.Port, bench.Options.Connections, bench.Options.Users, bench.Options.BodyBytes);
    }

    private static int _count;

    public Sink Sink { get; }

    public ServerProcess Server { get; }

    public Generator Generator { get; }

    public static async Task<Rig> StartAsync(Bench bench, int receivers, CancellationToken cancellationToken)
    {
        var rig = new Rig(bench, receivers, ++_count);
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

    public MachineSample Sample() => MachineSample.Take(Server.Process);

    /// <summary>Holds a receiver to the promises: nothing missing, nothing out of order, everything signed.</summary>
    public async Task<string> CheckAsync(int receiver, bool withSick = true, bool mustBeComplete = true)
    {
        var line = await Sink.AskAsync(() =>
        {
            var it = Sink.Receivers[receiver];
            var missing = Generator.Accepted.CountAbsentFrom(it.Arrived, user => withSick || !Receiver.IsSick(user));
            var text = $"webhook{receiver + 1}: {it.Distinct:N0} arrived, {missing:N0} missing, {it.Reordered:N0} out of order, {it.Repeats:N0} repeated";
            return (Text: text, Bad: (mustBeComplete && missing > 0) || it.Reordered + it.Unsigned + it.Unreadable > 0, it.Unsigned, it.Unreadable);
        });
        var whole = line.Text + (line.Unsigned + line.Unreadable == 0 ? "" : $", {line.Unsigned:N0} unsigned, {line.Unreadable:N0} unreadable");
        if (line.Bad)
        {
            _bench.Violations.Add(whole);
        }

        return whole;
    }

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        Sink.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}
