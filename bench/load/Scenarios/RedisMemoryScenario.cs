using System.Globalization;
using Postrider.Load.Generating;
using Postrider.Load.Measuring;
using Postrider.Load.Receiving;
using Postrider.Load.Running;

namespace Postrider.Load.Scenarios;

/// <summary>
/// What does each thing cost in a Redis's memory? Counted by Redis itself (<c>MEMORY USAGE</c> of all keys of a kind), after the real server has put it
/// there. Figures of memory need no quiet machine.
/// </summary>
internal static class RedisMemoryScenario
{
    private const int Partitions = 16;
    private const int Destinations = 100;
    private const int BatchEvents = 500;
    private const int ManyUsers = 20_000;
    private const long DefaultEvents = 200_000;

    // A stream is trimmed by whole nodes, of a hundred entries at most.
    private const int Untrimmed = Partitions * 100;
    private const string WriteKey = "wk_load";
    private static readonly TimeSpan PublishLimit = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan SettleLimit = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan Calm = TimeSpan.FromSeconds(12);
    private static readonly TimeSpan Watched = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(500);

    public static async Task RunAsync(Bench bench, CancellationToken cancellationToken)
    {
        var events = bench.Options.Events > 0 ? bench.Options.Events : DefaultEvents;
        Print.Title($"redis-memory: {events:N0} events, {Partitions} partitions");
        foreach (var body in (int[])[300, 1024])
        {
            await EventsAsync(bench, events, body, cancellationToken);
        }

        await RepeatsAsync(bench, events, cancellationToken);
        foreach (var body in (int[])[300, 1024])
        {
            await ParkedAsync(bench, events, body, cancellationToken);
            await LettersAsync(bench, events, body, cancellationToken);
        }

        await ProgressAsync(bench, cancellationToken);
        foreach (var partitions in (int[])[Partitions, 64, 256])
        {
            await IdleAsync(bench, partitions, cancellationToken);
        }
    }

    private static async Task EventsAsync(Bench bench, long events, int body, CancellationToken cancellationToken)
    {
        await using var rig = await Rig.StartAsync(bench, Plan(bench, 0, body, _ => "") with { MoreOfLog = ", retain: 1h" }, cancellationToken);
        var empty = await rig.Redis!.InfoAsync("memory", "used_memory", cancellationToken);
        await rig.PublishAsync(LoadPlan.FlatOut(events, PublishLimit), cancellationToken);
        var used = await rig.Redis.InfoAsync("memory", "used_memory", cancellationToken) - empty;
        var keys = await RedisKeys.ReadAsync(rig.Redis, cancellationToken);
        var stored = keys.ItemsOf("log");
        Print.Line($"=> an event of {body} B in the stream: {Each(keys.BytesOf("log"), stored)} ({Each(used, stored)} by used_memory, {stored:N0} events)");
    }

    private static async Task RepeatsAsync(Bench bench, long events, CancellationToken cancellationToken)
    {
        var plan = new RigPlan(
            0,
            bench.Options.BatchConnections,
            bench.Options.Users,
            port => new BatchTemplate(port, WriteKey, BatchEvents, 300, TimeProvider.System.GetUtcNow()),
            _ => $"sources: {"{"} app: {"{"} writeKey: {WriteKey} {"}"} {"}"}") { Redis = RedisDurability.EverySec };
        await using var rig = await Rig.StartAsync(bench, plan, cancellationToken);
        await rig.PublishAsync(LoadPlan.FlatOut(Math.Max(1, events / BatchEvents), PublishLimit), cancellationToken);
        var keys = await RedisKeys.ReadAsync(rig.Redis!, cancellationToken);
        var known = keys.ItemsOf("repeats");
        Print.Line($"=> an id within its window of de-duplication: {Each(keys.BytesOf("repeats", "repeatends"), known)} ({known:N0} ids)");
    }

    private static async Task ParkedAsync(Bench bench, long events, int body, CancellationToken cancellationToken)
    {
        var keys = await FailSomeAsync(bench, events, body, "parked", [], cancellationToken);
        var (parked, lanes, bodies) = (keys.ItemsOf("parked"), keys.ItemsOf("due"), keys.ItemsOf("bodies"));
        Print.Line($"=> a parked event of {body} B: {Each(keys.BytesOf("parked", "parkedat", "refs", "refcounts"), parked)}, and once the stream is trimmed "
            + $"{Each(keys.BytesOf("bodies"), bodies)} for the event itself; a parked key {Each(keys.BytesOf("due", "dueof"), lanes)} ({parked:N0} events, {bodies:N0} trimmed, of {lanes:N0} keys)");
    }

    private static async Task LettersAsync(Bench bench, long events, int body, CancellationToken cancellationToken)
    {
        var keys = await FailSomeAsync(bench, events, body, "lettersbynumber", ["rejectOn: [500]"], cancellationToken);
        var (letters, bodies) = (keys.ItemsOf("lettersbynumber"), keys.ItemsOf("bodies"));
        Print.Line($"=> a dead letter of {body} B: {Each(keys.BytesOf("letters", "lettersbynumber", "allletters", "lettersbyposition", "refs", "refcounts"), letters)}, and once the "
            + $"stream is trimmed {Each(keys.BytesOf("bodies"), bodies)} for the event itself ({letters:N0} letters, {bodies:N0} trimmed)");
    }

    // One user of a hundred fails, and what the others have got is trimmed at once: what is left is what failing costs.
    private static async Task<RedisKeys> FailSomeAsync(Bench bench, long events, int body, string kind, string[] more, CancellationToken cancellationToken)
    {
        var plan = Plan(bench, 1, body, sink => ServerConfig.Webhooks([sink.UrlOf(0)], more)) with { MoreOfLog = ", retain: 1s", Users = Math.Max(ManyUsers, bench.Options.Connections) };
        await using var rig = await Rig.StartAsync(bench, plan, cancellationToken);
        await rig.Sink.SetModeAsync(0, ReceiverMode.FailSome);
        await rig.PublishAsync(LoadPlan.FlatOut(events, PublishLimit), cancellationToken);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(SettleLimit);
        var sick = rig.Generator.Accepted.CountAbsentFrom(new SequenceSet(plan.Users), Receiver.IsSick);
        while (true)
        {
            var keys = await RedisKeys.ReadAsync(rig.Redis!, cancellationToken);
            if (keys.ItemsOf(kind) == sick && keys.ItemsOf("log") <= Untrimmed)
            {
                return keys;
            }

            if (limit.IsCancellationRequested)
            {
                throw new LoadException($"{sick:N0} events should be in '{kind}' and trimmed from the stream; there are: {keys}");
            }

            await Task.Delay(Look, TimeProvider.System, cancellationToken);
        }
    }

    private static async Task ProgressAsync(Bench bench, CancellationToken cancellationToken)
    {
        var plan = Plan(bench, 1, 300, sink => ServerConfig.Webhooks([.. Enumerable.Repeat(sink.UrlOf(0), Destinations)])) with { MoreOfLog = ", retain: 1s" };
        await using var rig = await Rig.StartAsync(bench, plan, cancellationToken);
        await rig.PublishAsync(LoadPlan.FlatOut(2_000, PublishLimit), cancellationToken);
        while ((await RedisKeys.ReadAsync(rig.Redis!, cancellationToken)).ItemsOf("log") > Untrimmed)
        {
            await Task.Delay(Look, TimeProvider.System, cancellationToken);
        }

        var keys = await RedisKeys.ReadAsync(rig.Redis!, cancellationToken);
        var used = await rig.Redis!.InfoAsync("memory", "used_memory", cancellationToken);
        var clients = await rig.Redis.InfoAsync("clients", "connected_clients", cancellationToken);
        Print.Line($"=> a destination's progress in a partition: {Each(keys.BytesOf("dests", "pins", "routes", "state"), Destinations * Partitions)} ({Destinations} destinations); "
            + $"an idle log of {Destinations} destinations {keys.AllBytes / 1024:N0} KiB of keys, all of Redis {used / (1 << 20):N1} MiB; {clients - 1} connections of the one process");
    }

    private static async Task IdleAsync(Bench bench, int partitions, CancellationToken cancellationToken)
    {
        var plan = Plan(bench, 2, 300, sink => ServerConfig.Webhooks([sink.UrlOf(0), sink.UrlOf(1)])) with { MoreOfLog = $", retain: 1s, partitions: {partitions}" };
        await using var rig = await Rig.StartAsync(bench, plan, cancellationToken);
        await rig.PublishAsync(LoadPlan.FlatOut(10_000, PublishLimit), cancellationToken);
        await rig.DrainAsync(0, SettleLimit, cancellationToken);
        await rig.DrainAsync(1, SettleLimit, cancellationToken);
        await Task.Delay(Calm, TimeProvider.System, cancellationToken);
        var commands = await rig.Redis!.CountCommandsAsync(cancellationToken);
        await Task.Delay(Watched, TimeProvider.System, cancellationToken);
        commands = await rig.Redis.CountCommandsAsync(cancellationToken) - commands;
        var keys = await RedisKeys.ReadAsync(rig.Redis, cancellationToken);
        Print.Line($"=> {partitions} partitions, two destinations, idle: {commands / Watched.TotalSeconds:N1} commands a second of one process, {keys.AllBytes / 1024:N0} KiB of keys, server {rig.Server.MemoryMebibytes("VmRSS"):N0} MiB");
    }

    private static RigPlan Plan(Bench bench, int receivers, int body, Func<Sink, string> configuration) =>
        new(receivers, bench.Options.Connections, bench.Options.Users, port => new RequestTemplate(port, body), configuration) { Redis = RedisDurability.EverySec };

    private static string Each(long bytes, long count) => string.Create(CultureInfo.InvariantCulture, $"{(double)bytes / Math.Max(1, count):N0} B");
}
