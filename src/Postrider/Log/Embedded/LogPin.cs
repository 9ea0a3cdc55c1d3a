namespace Postrider.Log.Embedded;

/// <summary>Something that still needs the log's events from a position on, so that truncation spares them.</summary>
/// <param name="Destination">Whose cursor or replay it is.</param>
/// <param name="Replay">The replay's name; null: it is the destination's cursor.</param>
/// <param name="Position">The first position that is needed.</param>
internal readonly record struct LogPin(string Destination, string? Replay, long Position);
