namespace Postrider.Tests.Gateway.Segment;

/// <summary>What an event should be stored as.</summary>
/// <param name="Key">The ordering key.</param>
/// <param name="Type">The type.</param>
/// <param name="Stamps">Members that the server adds, as JSON; null: any UUID.</param>
/// <param name="Members">The client's own members in their order, repeated ones too, with the stamps in place.</param>
internal sealed record ModelEvent(string Key, string Type, IReadOnlyDictionary<string, string?> Stamps, IReadOnlyList<(string Name, string? Json)> Members);
