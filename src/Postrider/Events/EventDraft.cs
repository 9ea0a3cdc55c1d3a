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

    /// <summary>Makes a repeat of it recognisable; null: repeats are not looked for.</summary>
    public RepeatKey? RepeatKey { get; init; }

    /// <summary>The destinations the request asked for; null: all that the source is connected to.</summary>
    public IReadOnlyList<string>? RequestedDestinations { get; init; }

    /// <summary>Names that the request left out, as it wrote them: also of destinations that are added later. Null or empty: none.</summary>
    public IReadOnlyList<string>? ExcludedDestinations { get; init; }

    /// <summary>Headers of the request that its source keeps with the event. Null or empty: none.</summary>
    public IReadOnlyList<KeyValuePair<string, string>>? KeptHeaders { get; init; }
}
