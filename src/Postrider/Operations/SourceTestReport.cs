namespace Postrider.Operations;

/// <summary>A sample event was stored.</summary>
/// <param name="EventId">Its id: its story says what becomes of it.</param>
public sealed record SourceTestReport(string EventId);
