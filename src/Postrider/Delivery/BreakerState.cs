namespace Postrider.Delivery;

/// <summary>The breaker, for those who ask why a destination waits.</summary>
internal readonly record struct BreakerState(bool Open, bool Rejecting, string? Reason, DateTimeOffset? Until);
