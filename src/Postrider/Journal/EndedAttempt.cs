namespace Postrider.Journal;

/// <summary>One attempt for one event, after it ended.</summary>
internal sealed class EndedAttempt
{
    /// <summary>The words for <see cref="Outcome"/>; their order is a stored format.</summary>
    public static readonly string[] Outcomes = ["delivered", "retry", "rejected"];

    public required DateTimeOffset At { get; init; }

    public required string Destination { get; init; }

    public required string EventId { get; init; }

    /// <summary>Where the event came from; null in one that was read back, which does not tell.</summary>
    public string? Source { get; init; }

    public string? Key { get; init; }

    public string? Type { get; init; }

    /// <summary>The how-manieth of this event there.</summary>
    public required int Number { get; init; }

    /// <summary>One of <see cref="Outcomes"/>.</summary>
    public required string Outcome { get; init; }

    public int? Status { get; init; }

    public string? ErrorClass { get; init; }

    public string? Message { get; init; }

    /// <summary>The beginning of the receiver's answer to a failed attempt.</summary>
    public ReadOnlyMemory<byte> Answer { get; init; }

    public required TimeSpan Duration { get; init; }

    /// <summary>When the event is tried again; null: it is not, or that is not known.</summary>
    public DateTimeOffset? NextAttempt { get; set; }

    public bool Delivered => Outcome == Outcomes[0];
}
