using System.Diagnostics;
using Postrider.FunctionalTests.Torture;

namespace Postrider.FunctionalTests.Cluster;

/// <summary>Something was broken from one time to the other.</summary>
/// <param name="Kind">What.</param>
/// <param name="Router">Whose: the path of its deliveries; null: no router's, or all of theirs.</param>
/// <param name="Began">Not before.</param>
/// <param name="Ended">Not after.</param>
/// <param name="Unsaved">How long before it what was settled may not have been saved yet.</param>
/// <remarks>
/// What may come again, and which deliveries of which router those are:
/// <list type="bullet">
/// <item>What a router settled that then lost its partitions: from its last save before the fault until it began no more attempts. One that is cut off
/// from Redis, or whose Redis is gone, begins none once its lease is over.</item>
/// <item>What was under way from a router that stood still or was cut off from the receivers: it arrives when that is over, whatever others did meanwhile.</item>
/// </list>
/// Nothing comes again because of a gateway, nor because a router stops in order.
/// </remarks>
internal sealed record ClusterFault(FaultKind Kind, string? Router, long Began, long Ended, TimeSpan Unsaved)
{
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(ClusterHarness.LeaseSeconds);

    // What stood complete in the receiver's socket is read a little later, by a machine that is busy.
    private static readonly TimeSpan Grace = TimeSpan.FromMilliseconds(500);

    // An attempt that is not answered ends after the webhooks' timeout, and is then made again: all of them wait in the cut line.
    public static readonly TimeSpan AttemptTimeout = TimeSpan.FromSeconds(1);

    /// <summary>How often one event may come again because of it.</summary>
    public int MostOfAnEvent => Kind is FaultKind.RouterWithoutReceivers or FaultKind.RouterAlone
        ? 2 + (int)(Stopwatch.GetElapsedTime(Began, Ended) / AttemptTimeout)
        : 1;

    public bool Explains(UserHistory.Repeat repeat) => repeat.CameAt >= Began && (LosesProgress(repeat.Settled) || ArrivesLate(repeat));

    /// <summary>The router delivered it, and its successor does not know.</summary>
    private bool LosesProgress(UserHistory.Settling settled) => (Router is null || Router == settled.Path) && Kind switch
    {
        FaultKind.RouterKilled => IsWithin(settled.At, Began, Ended),
        FaultKind.RouterWithoutRedis or FaultKind.RedisKilled or FaultKind.RedisFrozen => IsWithin(settled.At, Began, Began + Ticks(Lease)),
        FaultKind.RouterFrozen or FaultKind.RouterAlone => IsWithin(settled.At, Began, Began) || IsWithin(settled.At, Ended, Ended),
        FaultKind.MachineStalled => IsWithin(settled.At, Began, Ended + Ticks(Lease)),
        _ => false,
    };

    /// <summary>The router's own delivery, or the answer to it, was on its way all the time.</summary>
    private bool ArrivesLate(UserHistory.Repeat repeat) => Kind switch
    {
        FaultKind.RouterWithoutReceivers when Router == repeat.Settled.Path => IsWithin(repeat.SettledAt, Began, Began) || IsWithin(repeat.SettledAt, Ended, Ended),
        FaultKind.RouterFrozen or FaultKind.RouterAlone or FaultKind.RouterWithoutReceivers => Router == repeat.Path && repeat.SettledAt >= Began && IsWithin(repeat.CameAt, Ended, Ended),
        _ => false,
    };

    private bool IsWithin(long at, long from, long to) => at >= from - Ticks(Unsaved) && at <= to + Ticks(Grace);

    private static long Ticks(TimeSpan time) => (long)(time.TotalSeconds * Stopwatch.Frequency);
}
