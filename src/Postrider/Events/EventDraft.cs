namespace Postrider.Events;

/// <summary>What the gateway knows of an event before it is stored: the envelope's fields, without the body.</summary>
internal readonly struct EventDraft
{
    public required string Source { get; init; }

    /// <summary>The ordering key, unescaped UTF-8; empty means none.</summary>
    public ReadOnlyMemory<byte> Key { get; init; }

    public string? Type { get; init; }

    public required DateTimeOffset ReceivedAt { get; init; }

    /// <summary>The W3C <c>traceparent</c> of the request that brought the event.</summary>
    public string? TraceParent { get; init; }

    /// <summary>An id the event brings along when it was moved from another log; null: its place is its id.</summary>
    public string? OwnId { get; init; }

    /// <summary>The destinations the request asked for; null: all that the source is connected to.</summary>
    public IReadOnlyList<string>? RequestedDestinations { get; init; }
}
