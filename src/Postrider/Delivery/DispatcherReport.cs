namespace Postrider.Delivery;

/// <summary>The figures of one dispatcher.</summary>
internal sealed record DispatcherReport(
    long Lag,
    long Cursor,
    int InFlight,
    int ParkedLanes,
    long ParkedEvents,
    long DeadLetters,
    long Delivered,
    long FailedAttempts);
