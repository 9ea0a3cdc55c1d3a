namespace Postrider.Operations;

/// <summary>What a live tail shows; what is null does not narrow.</summary>
/// <param name="Kind"><c>events</c> or <c>attempts</c>; null: both.</param>
/// <param name="Source">Events of one source.</param>
/// <param name="Destination">Attempts of one destination.</param>
/// <param name="Key">Of one key.</param>
/// <param name="Type">Of one type.</param>
/// <param name="FailedOnly">Of attempts, those that failed.</param>
public sealed record TailFilter(string? Kind = null, string? Source = null, string? Destination = null, string? Key = null, string? Type = null, bool FailedOnly = false);
