using Postrider.Events;
using Postrider.Log;

namespace Postrider.Delivery;

/// <summary>All that is known of one event. <paramref name="Event"/> is null when the log no longer holds it.</summary>
internal sealed record EventStory(string Id, LogPosition Place, Event? Event, IReadOnlyList<DestinationStory> Destinations);

/// <summary>Where an event stands for one destination.</summary>
/// <param name="Destination">The destination's name.</param>
/// <param name="State"><c>delivered</c>, <c>pending</c>, <c>in-flight</c>, <c>parked</c>, <c>dead-letter</c>, <c>dead-letter-deleted</c>,
/// <c>given-up</c>, <c>not-routed</c> or <c>settled</c> (one of those, and nothing tells any more which).</param>
/// <param name="Reason">For people: why.</param>
/// <param name="Attempts">Attempts made, where known.</param>
/// <param name="NextAttempt">When it is tried again, where known.</param>
/// <param name="LastError">The last failed attempt.</param>
/// <param name="Answer">What the receiver answered to it, as text.</param>
internal sealed record DestinationStory(
    string Destination,
    string State,
    string? Reason,
    int? Attempts,
    DateTimeOffset? NextAttempt,
    AttemptError? LastError,
    string? Answer);
