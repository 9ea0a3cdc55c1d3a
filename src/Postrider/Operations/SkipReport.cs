namespace Postrider.Operations;

/// <summary>What a skip gave up: the answer of <c>POST /api/destinations/{name}/skip</c>.</summary>
/// <param name="Positions">How many positions of the log were passed over.</param>
/// <param name="Events">How many of their events were routed to the destination.</param>
public sealed record SkipReport(long Positions, long Events);
