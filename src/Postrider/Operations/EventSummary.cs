namespace Postrider.Operations;

/// <summary>An event in a list.</summary>
/// <param name="Id">Its id.</param>
/// <param name="ReceivedAt">When the gateway took it.</param>
/// <param name="Source">Where it came from.</param>
/// <param name="Key">Its ordering key; null without one.</param>
/// <param name="Type">Its type; null without one.</param>
/// <param name="BodyBytes">Its body's length.</param>
public sealed record EventSummary(string Id, DateTimeOffset ReceivedAt, string Source, string? Key, string? Type, int BodyBytes);
