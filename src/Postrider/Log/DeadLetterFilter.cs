namespace Postrider.Log;

/// <summary>Which events are meant; what is null does not narrow.</summary>
internal sealed record DeadLetterFilter
{
    public static DeadLetterFilter All { get; } = new();

    /// <summary>The unescaped key.</summary>
    public string? Key { get; init; }

    public string? Type { get; init; }

    /// <summary>The dead letter's class: <c>rejected</c>, <c>gave-up</c>, <c>corrupt</c>, <c>forgotten</c>. Does not apply to the log's events.</summary>
    public string? Class { get; init; }

    /// <summary>Dead letters: became one at this time or later. The log's events: received then or later.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>Before this time.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>Exactly this event.</summary>
    public long? Position { get; init; }
}
