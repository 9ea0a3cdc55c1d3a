namespace Postrider.Diagnostics;

/// <summary>What is measured of a destination at the moment that someone looks.</summary>
internal readonly record struct DestinationGauges(string Destination, long Lag, long ParkedEvents, long DeadLetters, int InFlight, bool Open);
