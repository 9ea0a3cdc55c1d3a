namespace Postrider.Delivery;

/// <summary>What a skip gave up.</summary>
/// <param name="Positions">How many positions of the log were passed over.</param>
/// <param name="Events">How many of their events were routed to the destination.</param>
internal sealed record SkipResult(long Positions, long Events);
