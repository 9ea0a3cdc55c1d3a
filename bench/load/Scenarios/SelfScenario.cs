using System.Globalization;
using Postrider.Load.Generating;
using Postrider.Load.Measuring;
using Postrider.Load.Receiving;
using Postrider.Load.Running;

namespace Postrider.Load.Scenarios;

/// <summary>Does the instrument tell the truth? The generator straight into the sink, in every mode; no server.</summary>
internal static class SelfScenario
{
    private const int Users = 1000;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    /// <summary>The number of checks that failed.</summary>
    public static async Task<int> RunAsync(LoadOptions options, CancellationToken cancellationToken)
    {
        Print.Title("self: the generator straight into the sink");
        using var sink = new Sink(1, Users);
        var generator = new Generator(sink.Ports[0], options.Connections, Users, options.BodyBytes);
        var failed = 0;

        var before = MachineSample.Take(null);
        var closed = await generator.RunAsync(LoadPlan.FlatOut(200_000, Limit), cancellationToken);
        var use = MachineSample.Take(null).Since(before);
        Print.Line($"closed loop  {Print.Rate(closed.PerSecond)}  {Print.Latency(closed.Latency)}  generator and sink together {Print.Microseconds(use.Self.TotalMicroseconds / closed.Accepted)} an event");
        failed += await CheckAsync(sink, generator, "closed loop: all arrive in order", 200_000, 0);

        var open = await generator.RunAsync(LoadPlan.Paced(5000, TimeSpan.FromSeconds(3)), cancellationToken);
        Print.Line($"open loop    {Print.Rate(open.PerSecond)}  {Print.Latency(open.Latency)}");
        failed += await CheckAsync(sink, generator, "open loop at 5,000/s: all arrive in order", 15_000, 0);

        await sink.SetModeAsync(0, ReceiverMode.FailSome);
        var failing = await generator.RunAsync(LoadPlan.FlatOut(50_000, Limit), cancellationToken);
        failed += await CheckAsync(sink, generator, "1 % of the users refused", 50_000 - failing.Refused, 0);
        failed += Check("some were refused", failing.Refused > 0);

        await sink.SetModeAsync(0, ReceiverMode.Up);
        failed += Check("a late event of a user is seen", await sink.AskAsync(() => Reorders(sink.Receivers[0])) == 1);
        failed += Check("a repeat is seen", await sink.AskAsync(() => sink.Receivers[0].Repeats) == 1);

        failed += Check("an event at another's address is seen", await sink.AskAsync(() => GoesAstray(sink.Receivers[0])) == 1);

        await sink.SetModeAsync(0, ReceiverMode.Down);
        failed += Check("a receiver that is down refuses", await IsRefusedAsync(generator, cancellationToken));
        return failed;
    }

    private static async Task<int> CheckAsync(Sink sink, Generator generator, string what, long more, long reordered)
    {
        var (missing, outOfOrder) = await sink.AskAsync(() =>
            (generator.Accepted.CountAbsentFrom(sink.Receivers[0].Arrived, _ => true), sink.Receivers[0].Reordered));
        return Check(
            string.Create(CultureInfo.InvariantCulture, $"{what}: {more:N0} more, {missing} missing, {outOfOrder} out of order"),
            missing == 0 && outOfOrder == reordered && sink.Receivers[0].Distinct == generator.AcceptedCount);
    }

    // User 7's number 900,000 before 899,999, and 900,000 once more.
    private static long Reorders(Receiver receiver)
    {
        var before = receiver.Reordered;
        foreach (var sequence in (ReadOnlySpan<int>)[900_000, 899_999, 900_000])
        {
            receiver.Take(System.Text.Encoding.ASCII.GetBytes($$$"""{"userId":"u00007","payload":{"seq": {{{sequence}}},"t": 1}}"""), bodyOffset: 0, isSigned: true, now: 2);
        }

        return receiver.Reordered - before;
    }

    // Of ten addresses user 7 has the seventh: once there, once at another.
    private static long GoesAstray(Receiver receiver)
    {
        receiver.Routes = 10;
        foreach (var (route, sequence) in (ReadOnlySpan<(int, int)>)[(7, 900_001), (3, 900_002)])
        {
            var head = $"POST /routes/{route} HTTP/1.1\r\n\r\n";
            var request = $$$"""{{{head}}}{"userId":"u00007","payload":{"seq": {{{sequence}}},"t": 1}}""";
            receiver.Take(System.Text.Encoding.ASCII.GetBytes(request), head.Length, isSigned: true, now: 2);
        }

        receiver.Routes = 0;
        return receiver.Astray;
    }

    private static async Task<bool> IsRefusedAsync(Generator generator, CancellationToken cancellationToken)
    {
        try
        {
            await generator.RunAsync(LoadPlan.FlatOut(1, Limit), cancellationToken);
            return false;
        }
        catch (System.Net.Sockets.SocketException)
        {
            return true;
        }
    }

    private static int Check(string what, bool holds)
    {
        Print.Line($"{(holds ? "ok  " : "FAIL")} {what}");
        return holds ? 0 : 1;
    }
}
