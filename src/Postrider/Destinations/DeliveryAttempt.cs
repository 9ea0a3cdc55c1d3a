using Postrider.Events;

namespace Postrider.Destinations;

/// <summary>One attempt to deliver one event.</summary>
/// <param name="Event">The event.</param>
/// <param name="Attempt">1 for the first attempt.</param>
public readonly record struct DeliveryAttempt(Event Event, int Attempt);
