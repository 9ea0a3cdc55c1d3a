namespace Postrider.Operations;

/// <summary>Which attempts are looked for; what is null does not narrow.</summary>
/// <param name="EventId">Of one event.</param>
/// <param name="Destination">To one destination.</param>
/// <param name="FailedOnly">Only those that failed.</param>
/// <param name="Limit">At most so many.</param>
public sealed record AttemptSearch(string? EventId = null, string? Destination = null, bool FailedOnly = false, int Limit = 100);
