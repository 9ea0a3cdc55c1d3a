namespace Postrider.Delivery;

/// <summary>The bounds of one dispatcher, each with its reason.</summary>
internal sealed record DispatcherLimits
{
    /// <summary>Rows of a parked lane fetched at once.</summary>
    public const int LaneRows = 64;

    /// <summary>Events pulled from the ring at once.</summary>
    public const int PullEvents = 256;

    /// <summary>Bytes read from the log at once: large reads cost a third of small ones an event.</summary>
    public const int ReadBytes = 1 << 20;

    /// <summary>The same when memory is short.</summary>
    public const int SmallReadBytes = 1 << 16;

    /// <summary>How long reading waits after the log could not be read.</summary>
    public static readonly TimeSpan ReadRetry = TimeSpan.FromSeconds(1);

    /// <summary>How long attempts that were cut off may take to notice: a destination that does not must not keep the server from stopping.</summary>
    public static readonly TimeSpan CutOffGrace = TimeSpan.FromSeconds(2);

    /// <summary>Replayed events of a destination that wait undelivered; beyond it a replay waits: enough that no receiver runs dry between two
    /// steps, few enough that new events of their keys wait minutes behind them and not hours, and that a cancelled replay ends soon.</summary>
    public const int ReplayedWaiting = 10_000;

    /// <summary>Events put into the retry store in one step of a replay, or letters deleted in one step: one save of some 250 KiB.</summary>
    public const int CurationStep = 500;

    public static DispatcherLimits Default { get; } = new();

    /// <summary>Events in memory: enough to find other keys' work behind a slow one, small enough for a thousand destinations.</summary>
    public int BufferedEvents { get; init; } = 4096;

    /// <summary>A lane that holds more of a full buffer keeps others out: it is parked.</summary>
    public int LaneShare => BufferedEvents / 16;

    /// <summary>Most positions between cursor and read position (a crash reads no more than these again).</summary>
    public long Window { get; init; } = 262_144;

    /// <summary>Beyond so many parked lanes the destination stops reading: each costs some 80 bytes of memory.</summary>
    public int ParkedLanes { get; init; } = 1_000_000;

    /// <summary>Changes waiting for a save; beyond it reading waits for the save.</summary>
    public int PendingChanges { get; init; } = 4096;
}
