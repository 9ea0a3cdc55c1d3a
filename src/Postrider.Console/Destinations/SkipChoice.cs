namespace Postrider.WebConsole.Destinations;

/// <summary>How much of a backlog to give up.</summary>
/// <param name="Before">What was received before; null: all of it.</param>
public sealed record SkipChoice(DateTimeOffset? Before);
