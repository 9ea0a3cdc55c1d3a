namespace Postrider.Log;

/// <summary>
/// Progress, parked lanes and dead letters of one partition. Every change is one atomic, durable write, so no crash can fall between them.
/// Reads see what has been saved, never what is being saved.
/// </summary>
internal interface IStateStore
{
    /// <summary>
    /// Where all destinations begin, whatever their settings say: the state was lost and the operator said where to go on. It holds until the
    /// first registration is saved, also over a crash before that. Null: destinations begin as their settings say.
    /// </summary>
    long? BeginsAt => null;

    Task<IReadOnlyList<DestinationRecord>> LoadDestinationsAsync(CancellationToken cancellationToken);

    /// <summary>Writes new destinations with their start positions, and marks all the given names as listed now.</summary>
    Task RegisterAsync(IReadOnlyList<DestinationRecord> added, IReadOnlyList<string> listed, DateTimeOffset now, CancellationToken cancellationToken);

    /// <summary>
    /// Removes a destination that has long left the configuration: its parked events become dead letters of class <c>forgotten</c>,
    /// its unread range is recorded, it pins the log no longer.
    /// </summary>
    Task ForgetAsync(GivenUpRange unread, CancellationToken cancellationToken);

    /// <summary>Saves what changed for several destinations as one atomic write. Returns when it is on stable storage.</summary>
    Task SaveAsync(IReadOnlyList<DestinationSave> saves, CancellationToken cancellationToken);

    /// <summary>How many events each parked lane of the destination holds.</summary>
    Task<IReadOnlyList<KeyValuePair<LaneId, int>>> CountLanesAsync(string destination, CancellationToken cancellationToken);

    /// <summary>The destination's parked lanes by due time, earliest first, at most <paramref name="limit"/>.</summary>
    Task<IReadOnlyList<ParkedLane>> ReadDueAsync(string destination, int limit, CancellationToken cancellationToken);

    /// <summary>The lane's events behind <paramref name="after"/>, in the lane's order, at most <paramref name="limit"/>.</summary>
    Task<IReadOnlyList<ParkedEvent>> ReadLaneAsync(string destination, LaneId lane, ParkedPlace after, int limit, CancellationToken cancellationToken);

    /// <summary>The lowest position among the destination's parked events; null without any.</summary>
    Task<long?> FindOldestParkedAsync(string destination, CancellationToken cancellationToken);

    /// <summary>What the store knows of one event for one destination.</summary>
    Task<EventRecord> FindEventAsync(string destination, long position, CancellationToken cancellationToken);
}
