namespace Postrider.Configuration;

/// <summary>So many in so long, written <c>100/s</c>.</summary>
/// <param name="Count">How many, at least 1.</param>
/// <param name="Per">In how long: a second, a minute or an hour.</param>
public readonly record struct RateLimit(int Count, TimeSpan Per);
