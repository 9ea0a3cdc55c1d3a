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

    /// <summary>What each parked lane of the destination holds.</summary>
    Task<IReadOnlyList<ParkedLaneCount>> CountLanesAsync(string destination, CancellationToken cancellationToken);

    /// <summary>The destination's parked lanes by due time, earliest first, at most <paramref name="limit"/>.</summary>
    Task<IReadOnlyList<ParkedLane>> ReadDueAsync(string destination, int limit, CancellationToken cancellationToken);

    /// <summary>The lane's events behind <paramref name="after"/>, in the lane's order, at most <paramref name="limit"/>.</summary>
    Task<IReadOnlyList<ParkedEvent>> ReadLaneAsync(string destination, LaneId lane, ParkedPlace after, int limit, CancellationToken cancellationToken);

    /// <summary>The lowest position among the destination's parked events; null without any.</summary>
    Task<long?> FindOldestParkedAsync(string destination, CancellationToken cancellationToken);

    /// <summary>Those of the positions whose events the destination has parked.</summary>
    Task<IReadOnlySet<long>> FindParkedAsync(string destination, IReadOnlyCollection<long> positions, CancellationToken cancellationToken);

    /// <summary>A page of dead letters.</summary>
    Task<IReadOnlyList<StoredDeadLetter>> ReadDeadLettersAsync(DeadLetterQuery query, CancellationToken cancellationToken);

    /// <summary>How many dead letters there are; null: of all destinations.</summary>
    Task<long> CountDeadLettersAsync(string? destination, DeadLetterFilter filter, CancellationToken cancellationToken);

    /// <summary>
    /// Deletes dead letters of a destination that is not being delivered to, leaving tombstones; those of one that is go by
    /// <see cref="StateChange.DeleteLetter"/>, because its dispatcher counts them.
    /// </summary>
    Task DeleteDeadLettersAsync(string destination, IReadOnlyCollection<long> positions, CancellationToken cancellationToken);

    /// <summary>The ranges given up, newest first, at most <paramref name="limit"/>; null: of all destinations.</summary>
    Task<IReadOnlyList<GivenUpRange>> ReadGivenUpAsync(string? destination, int limit, CancellationToken cancellationToken);

    /// <summary>Stores a replay that begins. While it runs over the log, truncation spares what it has yet to read.</summary>
    Task AddReplayAsync(ReplayJob replay, CancellationToken cancellationToken);

    /// <summary>Ends a replay whose destination is not being delivered to.</summary>
    Task EndReplayAsync(string replay, ReplayProgress progress, CancellationToken cancellationToken);

    /// <summary>All replays, newest first; the store forgets those that ended beyond the newest hundred, or more than a week ago unless the log
    /// holds events that they replayed from it.</summary>
    Task<IReadOnlyList<ReplayJob>> LoadReplaysAsync(CancellationToken cancellationToken);

    /// <summary>Keeps what the gateway could not use; at most 10,000 of them with 16 MiB of bodies and for a week, the oldest go first.</summary>
    Task AddRejectedAsync(IReadOnlyList<RejectedIngest> rejected, CancellationToken cancellationToken);

    /// <summary>What the gateway could not use, newest first; null: of all sources.</summary>
    Task<IReadOnlyList<RejectedIngest>> ReadRejectedAsync(string? source, long? before, int limit, CancellationToken cancellationToken);

    /// <summary>Deletes it; null: of all sources.</summary>
    /// <returns>How many were deleted.</returns>
    Task<long> DeleteRejectedAsync(string? source, CancellationToken cancellationToken);

    /// <summary>What the store knows of one event for one destination.</summary>
    Task<EventRecord> FindEventAsync(string destination, long position, CancellationToken cancellationToken);
}
