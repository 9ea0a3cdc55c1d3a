using Postrider.Events;
using Postrider.Log;
using Postrider.Routing;

namespace Postrider.Delivery;

/// <summary>What the replays of one partition add to the stories of events that were given up, or not routed, when their turn first came.</summary>
/// <remarks>
/// A replay of the log remembers which positions it has taken, not which events. So this is computed as all of a story is: the event stands within
/// those positions, the replay selected such events, and the routes lead there. What can no longer be known is said so.
/// </remarks>
internal sealed class ReplayTrail(ILogPartition partition, RouteTable routes)
{
    private IReadOnlyList<ReplayJob>? _jobs;

    /// <summary>The story as replays have changed it.</summary>
    /// <param name="story">That without them.</param>
    /// <param name="position">Where the event stands.</param>
    /// <param name="found">The event; null: the log no longer holds it.</param>
    /// <param name="cancellationToken">Ends the look into the state store.</param>
    public async Task<DestinationStory> AmendAsync(DestinationStory story, long position, Event? found, CancellationToken cancellationToken)
    {
        _jobs ??= await partition.State.LoadReplaysAsync(cancellationToken).ConfigureAwait(false);
        var name = story.Destination;
        var took = _jobs.FirstOrDefault(job => !job.OfDeadLetters
            && job.Destination == name
            && job.From <= position && position < job.Progress.Next
            && (found is null || LogReplay.Selects(job.Filter, found)));
        if (took is null)
        {
            return _jobs.Count < ReplayJob.KeptCount ? story
                : story with { Reason = $"{story.Reason}; replays before the newest {ReplayJob.KeptCount} are not remembered" };
        }

        return (found is null ? (RouteVerdict?)null : RouteTable.Explain(routes.TextOf(name), name, found)) switch
        {
            RouteVerdict.Routed => story with { State = "delivered", Reason = $"replayed by {took.Id}" },
            RouteVerdict.NotRequested or RouteVerdict.Excluded => story,
            _ => story with { State = "settled", Reason = $"{story.Reason}; delivered since if replay {took.Id} found it routed here" },
        };
    }
}
