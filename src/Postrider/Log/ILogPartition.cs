using Postrider.Events;

namespace Postrider.Log;

/// <summary>One ordered part of the log, with its small mutable state, in one generation and, where processes share the log, under one ownership.</summary>
/// <remarks>
/// A store that may have lost acknowledged positions (Redis after a restart or failover) gives the partition a new generation: then this object
/// and its <see cref="State"/> are void, every call of either throws <see cref="GenerationMovedException"/>, and the log lists its successor instead.
/// The same happens where this process becomes its owner or ceases to be: <see cref="Lease"/> never changes its mind about being held.
/// A call that the storage cannot answer now throws <see cref="LogUnavailableException"/>: it may be repeated as it was.
/// </remarks>
internal interface ILogPartition
{
    int Number { get; }

    long Generation { get; }

    /// <summary>The first position that this generation could give: all below it were given by earlier ones.</summary>
    long GenerationStart { get; }

    /// <summary>The first position that is still held.</summary>
    long FirstPosition { get; }

    /// <summary>The position that the next durable event gets: everything below is durable.</summary>
    long EndPosition { get; }

    /// <summary>The generation that gave the position: part of its event's id.</summary>
    long GenerationOf(long position);

    /// <summary>Completes with what takes this partition's place when it has a new generation or another owner. Never, in a log without either.</summary>
    Task<ILogPartition> Successor { get; }

    /// <summary>
    /// How many parked events and dead letters one destination may have here, reckoned from the average size of an event: it reads no further
    /// then. Everything, in a log whose own limit counts them.
    /// </summary>
    long MostHeld => long.MaxValue;

    /// <summary>Progress, parked lanes and dead letters of this partition.</summary>
    IStateStore State { get; }

    /// <summary>Whether this process delivers from it. What its owner alone may write, another's <see cref="State"/> refuses.</summary>
    IPartitionLease Lease => SoleOwnership.Instance;

    /// <summary>
    /// Hands every batch to the listener once it is durable: in order, without gaps from <see cref="EndPosition"/> at the time
    /// of the call on, on the log's own thread. The listener must be quick. There is one, set once.
    /// </summary>
    void Listen(Action<CommittedBatch> listener);

    /// <summary>
    /// Reads durable events from <paramref name="from"/> on, below <paramref name="before"/>, until their records weigh
    /// <paramref name="maxBytes"/>, but at least one where there is one.
    /// </summary>
    /// <exception cref="LogCorruptException">The record at <paramref name="from"/> is damaged or gone. Events before a damaged
    /// one are returned first.</exception>
    ValueTask<IReadOnlyList<Event>> ReadAsync(long from, long before, int maxBytes, CancellationToken cancellationToken);

    /// <summary>
    /// Reads durable events below <paramref name="before"/>, newest first, about <paramref name="maxBytes"/> of them. For people who look for
    /// some: one that cannot be read is passed over, and so may be a few beside it. There is nothing more where the answer reaches
    /// <see cref="FirstPosition"/>.
    /// </summary>
    ValueTask<EventsBack> ReadBackAsync(long before, int maxBytes, CancellationToken cancellationToken);

    /// <summary>One event; null when the log no longer holds it. Finds the bodies kept for parked events and dead letters too.</summary>
    /// <exception cref="LogCorruptException">Its record is damaged.</exception>
    ValueTask<Event?> GetAsync(long position, CancellationToken cancellationToken);
}
