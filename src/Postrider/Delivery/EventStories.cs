using System.Collections.Concurrent;
using System.Text;
using Postrider.Events;
using Postrider.Log;
using Postrider.Routing;

namespace Postrider.Delivery;

/// <summary>Tells what became of one event, destination by destination. Nothing is stored per event for it: it is computed from progress,
/// the retry store, the dead letters and the routes that were in force.</summary>
internal sealed class EventStories(IEventLog log, ConcurrentDictionary<string, LiveDestination> live, Func<RouteTable> routes)
{
    public async Task<EventStory?> FindAsync(string id, CancellationToken cancellationToken)
    {
        if (!EventIdFormat.TryParse(id, out var logId, out var place)
            || logId != log.Id
            || place.Partition >= log.Partitions.Count
            || log.Partitions[place.Partition] is not { } partition
            || place.Generation != partition.GenerationOf(place.Position)
            || place.Position < 1
            || place.Position >= partition.EndPosition)
        {
            return null;
        }

        var found = await ReadableAsync(partition, place.Position, cancellationToken).ConfigureAwait(false);
        var stories = new List<DestinationStory>();
        var trail = new ReplayTrail(partition, routes());
        foreach (var record in await partition.State.LoadDestinationsAsync(cancellationToken).ConfigureAwait(false))
        {
            var story = await TellAsync(partition, record, place.Position, found, cancellationToken).ConfigureAwait(false);
            stories.Add(story.State is "given-up" or "not-routed"
                ? await trail.AmendAsync(story, place.Position, found, cancellationToken).ConfigureAwait(false)
                : story);
        }

        return new EventStory(id, place, found, stories);
    }

    // Where its own record is damaged, the state store still tells what became of the event.
    private static async Task<Event?> ReadableAsync(ILogPartition partition, long position, CancellationToken cancellationToken)
    {
        try
        {
            return await partition.GetAsync(position, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is LogCorruptException or NewerEnvelopeException)
        {
            return null;
        }
    }

    private async Task<DestinationStory> TellAsync(
        ILogPartition partition, DestinationRecord record, long position, Event? found, CancellationToken cancellationToken)
    {
        var name = record.Name;
        // Memory first: what it has not saved yet, the state store shows later at the latest.
        var memory = live.TryGetValue(name, out var destination) && destination.DispatcherOf(partition.Number) is { } dispatcher
            ? await dispatcher.FindAsync(position).WaitAsync(cancellationToken).ConfigureAwait(false)
            : new PositionReport(record.Progress.ReadPosition, record.Progress.Outstanding.Contains(position), false, null, null);
        var stored = await partition.State.FindEventAsync(name, position, cancellationToken).ConfigureAwait(false);
        var parked = memory.UnsavedParked switch { null => stored.Parked, StateChange.Park park => park.Event, _ => null };
        var dead = memory.UnsavedLetter switch { null => stored.Dead, StateChange.Bury bury => bury.Letter, _ => null };
        var deleted = memory.UnsavedLetter is StateChange.DeleteLetter || (memory.UnsavedLetter is null && stored.DeadLetterDeleted);
        if (dead is not null && !deleted)
        {
            return new DestinationStory(
                name, "dead-letter", dead.Class == "rejected" ? "the receiver rejected it" : "given up", dead.Attempts, null, dead.Error,
                Encoding.UTF8.GetString(dead.Answer.Span));
        }

        // A replay may have put it back there since its dead letter was deleted, or from before the destination began.
        if (parked is not null)
        {
            var state = memory.IsInFlight ? "in-flight" : "parked";
            var reason = parked is { Turn: > 0, LastError: null } ? "replayed, and waits for its turn"
                : parked.LastError is null ? "waits behind an earlier event of its key" : "failed, and is tried again";
            return new DestinationStory(name, state, reason, parked.Attempts, memory.IsInFlight ? null : stored.Due, parked.LastError, null);
        }

        if (deleted)
        {
            return Plain(name, "dead-letter-deleted", "its dead letter was deleted");
        }

        if (position < record.StartPosition)
        {
            return Plain(name, "not-routed", "accepted before this destination began");
        }

        if ((memory.GivenUp ?? stored.GivenUp) is { } range)
        {
            return Plain(name, "given-up", range.Reason);
        }

        return memory.IsInFlight ? Plain(name, "in-flight", null)
            : memory.IsOutstanding ? Plain(name, "pending", "waits for its turn")
            : Settled(name, position, memory.ReadPosition, memory.Routes ?? stored.Routes, found);
    }

    private static DestinationStory Settled(string name, long position, long readPosition, string? routes, Event? found)
    {
        var verdict = found is not null && routes is not null ? RouteTable.Explain(routes, name, found) : (RouteVerdict?)null;
        return verdict switch
        {
            RouteVerdict.NotConnected => Plain(name, "not-routed", "no connection leads from its source to here"),
            RouteVerdict.NotRequested => Plain(name, "not-routed", "the request asked for other destinations"),
            RouteVerdict.Excluded => Plain(name, "not-routed", "the request left this destination out"),
            _ when position >= readPosition => Plain(name, "pending", "not read yet"),
            RouteVerdict.Routed => Plain(name, "delivered", null),
            _ => Plain(name, "settled", "delivered or not routed here; the log no longer tells which"),
        };
    }

    private static DestinationStory Plain(string name, string state, string? reason) => new(name, state, reason, null, null, null, null);
}
