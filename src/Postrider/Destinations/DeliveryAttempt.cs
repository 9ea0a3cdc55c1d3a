using Postrider.Events;

namespace Postrider.Destinations;

/// <summary>One attempt to deliver one event.</summary>
/// <param name="Event">The event. It never changes, and may be kept.</param>
/// <param name="Attempt">1 for the first attempt. Attempts that did not count (cut off by a stop, not attempted) are not in it, so a number may come twice.</param>
public readonly record struct DeliveryAttempt(Event Event, int Attempt);
