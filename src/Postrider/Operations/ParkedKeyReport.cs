namespace Postrider.Operations;

/// <summary>A key whose events have waited long in the retry store.</summary>
public sealed record ParkedKeyReport
{
    /// <summary>The key; null: its event has none.</summary>
    public string? Key { get; init; }

    /// <summary>Its first event that waits; null: that is being saved at the moment.</summary>
    public string? EventId { get; init; }

    /// <summary>How many events wait.</summary>
    public required int Events { get; init; }

    /// <summary>Since when.</summary>
    public required DateTimeOffset Since { get; init; }

    /// <summary>When the first is tried next; null: it is under way, or the key is blocked.</summary>
    public DateTimeOffset? Due { get; init; }

    /// <summary>It waits until someone replays or deletes its dead letter (<c>onGiveUp: block</c>).</summary>
    public required bool Blocked { get; init; }

    /// <summary>Attempts of the first so far.</summary>
    public required int Attempts { get; init; }

    /// <summary>How the last of them failed; null: none was made.</summary>
    public EventErrorAnswer? LastError { get; init; }
}
