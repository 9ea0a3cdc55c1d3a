using System.Diagnostics;
using System.Globalization;
using Postrider.Load.Running;

namespace Postrider.Load.Scenarios;

/// <summary>
/// What does it cost to move a partition's stream from one Redis to another, as a cluster does when a slot moves (<c>MIGRATE</c>)? For how long does
/// it take, and for how long does each of the two answer nobody?
/// </summary>
internal static class RedisMoveScenario
{
    private const int BodyBytes = 300;
    private const int EventsACall = 5_000;

    // No two bodies are alike, or what MIGRATE sends, which is compressed, would be a fraction of the stream.
    private const string FillScript =
        "for i = 1, tonumber(ARGV[2]) do local body = '' "
        + "while #body < tonumber(ARGV[3]) do body = body .. redis.sha1hex(ARGV[1] .. ':' .. i .. ':' .. #body) end "
        + "redis.call('XADD', KEYS[1], '*', 'd', string.sub(body, 1, tonumber(ARGV[3]))) end";

    private const int MoveLimitMilliseconds = 120_000;
    private static readonly int[] Mebibytes = [8, 64, 256, 448, 640];

    public static async Task RunAsync(Bench bench, CancellationToken cancellationToken)
    {
        Print.Title($"redis-move: one stream of events of {BodyBytes} bytes that do not compress, MIGRATE between two servers of this machine");
        await using var from = await RedisProcess.StartAsync(Path.Combine(bench.Folder, "from"), RedisDurability.EverySec, partitions: 1, cancellationToken);
        await using var to = await RedisProcess.StartAsync(Path.Combine(bench.Folder, "to"), RedisDurability.EverySec, partitions: 1, cancellationToken);
        foreach (var size in Mebibytes)
        {
            await MoveAsync(from, to, size, cancellationToken);
        }
    }

    private static async Task MoveAsync(RedisProcess from, RedisProcess to, int mebibytes, CancellationToken cancellationToken)
    {
        var key = string.Create(CultureInfo.InvariantCulture, $"postrider:{{p0}}:log{mebibytes}");
        var events = 0L;
        long bytes;
        while ((bytes = await NumberAsync(from, $"MEMORY USAGE {key} SAMPLES 0", cancellationToken)) < (long)mebibytes << 20)
        {
            await from.OrderAsync(string.Create(CultureInfo.InvariantCulture, $"EVAL \"{FillScript}\" 1 {key} {events} {EventsACall} {BodyBytes}"), cancellationToken);
            events += EventsACall;
        }

        using var watching = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var pauses = Task.WhenAll(WatchAsync(from, watching.Token), WatchAsync(to, watching.Token));
        var began = Stopwatch.GetTimestamp();
        var answer = await from.AskAsync($"MIGRATE 127.0.0.1 {to.Port} {key} 0 {MoveLimitMilliseconds}", cancellationToken);
        var took = Stopwatch.GetElapsedTime(began);
        await watching.CancelAsync();
        var stoodStill = await pauses;
        var size = string.Create(CultureInfo.InvariantCulture, $"{bytes / (1 << 20):N0} MiB, {events:N0} events");
        Print.Line(answer is not null && answer.StartsWith("+OK", StringComparison.Ordinal)
            ? $"=> {size}: moved in {took.TotalMilliseconds:N0} ms; the source answered nobody for {stoodStill[0].TotalMilliseconds:N0} ms, the target for {stoodStill[1].TotalMilliseconds:N0} ms"
            : $"=> {size}: NOT moved after {took.TotalMilliseconds:N0} ms: {answer?.Trim()}; the source answered nobody for {stoodStill[0].TotalMilliseconds:N0} ms");
        await from.OrderAsync($"UNLINK {key}", cancellationToken);
        await to.OrderAsync($"UNLINK {key}", cancellationToken);
    }

    /// <summary>The longest that anyone waited for an answer.</summary>
    private static async Task<TimeSpan> WatchAsync(RedisProcess redis, CancellationToken cancellationToken)
    {
        var longest = TimeSpan.Zero;
        while (!cancellationToken.IsCancellationRequested)
        {
            var asked = Stopwatch.GetTimestamp();
            await redis.AskAsync("PING", CancellationToken.None);
            longest = Stopwatch.GetElapsedTime(asked) is var waited && waited > longest ? waited : longest;
            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, CancellationToken.None);
        }

        return longest;
    }

    private static async Task<long> NumberAsync(RedisProcess redis, string command, CancellationToken cancellationToken) =>
        long.TryParse((await redis.OrderAsync(command, cancellationToken)).AsSpan(1).Trim(), CultureInfo.InvariantCulture, out var number) ? number : 0;
}
