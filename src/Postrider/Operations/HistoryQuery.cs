namespace Postrider.Operations;

/// <summary>Which figures over which time.</summary>
/// <param name="Span">How far back: the last 5 minutes to 24 hours.</param>
/// <param name="Destination">Of one destination; null: of all, and of the gateway.</param>
/// <param name="MaxPoints">At most so many points a series; they are joined until they fit. Default 150.</param>
public sealed record HistoryQuery(TimeSpan Span, string? Destination = null, int MaxPoints = 150);
