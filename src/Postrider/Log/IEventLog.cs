using Postrider.Events;

namespace Postrider.Log;

/// <summary>The durable, ordered, partitioned store of accepted events: the wall between gateway and delivery.</summary>
internal interface IEventLog : IAsyncDisposable
{
    /// <summary>The largest event that a log takes, its envelope included.</summary>
    const int MaxEventBytes = 64 << 20;

    /// <summary>Names this log for ever: part of every event's id. Lower-case letters and digits.</summary>
    string Id { get; }

    /// <summary>The partitions by number, each in its generation of now.</summary>
    IReadOnlyList<ILogPartition> Partitions { get; }

    /// <summary>Whether appends are taken now, and what an operator should know.</summary>
    LogCondition Condition { get; }

    /// <summary>Who changed what.</summary>
    IAuditStore Audit { get; }

    /// <summary>
    /// The storage's reserve is half used up: dispatchers hold instead of parking, because every parked event takes new space and the rest
    /// is for saves and for truncation, which gives space back.
    /// </summary>
    bool HoldParking { get; }

    /// <summary>
    /// Stores one event. Completes when it is durable (promise P1); the event then has its place.
    /// There is no cancellation: once framed, an event is stored whether or not its client still waits.
    /// An event that repeats one the log remembers (<see cref="Event.RepeatKey"/>) is not stored: it gets the first one's place, once
    /// that is durable, and <see cref="Event.Repeat"/> says so.
    /// </summary>
    /// <exception cref="LogUnavailableException">Not stored: the log is full, failing or closing.</exception>
    ValueTask AppendAsync(Event @event);

    /// <summary>Stores events in their order as one group: nothing of another client comes between those of one partition.</summary>
    /// <exception cref="LogUnavailableException">Not all are stored.</exception>
    ValueTask AppendAsync(IReadOnlyList<Event> events);

    /// <summary>The processes that share this log; null: there can be only one.</summary>
    ILogSharing? Sharing => null;

    /// <summary>What the log occupies, for the status page.</summary>
    LogUsage GetUsage();

    /// <summary>Keeps records of this process beside its events; null: its storage is shared or has no room for them.</summary>
    IRecordKeeper? Records => null;

    /// <summary>The number of the partition that takes all events of a key; null: any may hold some.</summary>
    int? PartitionOf(ulong keyHash) => null;
}
