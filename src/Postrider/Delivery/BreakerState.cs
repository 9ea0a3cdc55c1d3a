namespace Postrider.Delivery;

/// <summary>The breaker, for those who ask why a destination waits.</summary>
/// <param name="Open">Nothing is attempted but probes.</param>
/// <param name="Rejecting">Because everything was rejected.</param>
/// <param name="Reason">For people.</param>
/// <param name="Until">When the next probe is due; null: one is under way, or it is closed.</param>
/// <param name="AskedUntil">The receiver asked to be left alone until then; null: it has not.</param>
internal readonly record struct BreakerState(bool Open, bool Rejecting, string? Reason, DateTimeOffset? Until, DateTimeOffset? AskedUntil = null);
