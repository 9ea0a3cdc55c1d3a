namespace Postrider.Operations;

/// <summary>Where an event stands for one destination.</summary>
internal sealed record EventDestinationAnswer
{
    public required string Name { get; init; }

    public required string State { get; init; }

    public string? Reason { get; init; }

    public int? Attempts { get; init; }

    public DateTimeOffset? NextAttempt { get; init; }

    public EventErrorAnswer? LastError { get; init; }

    public string? Answer { get; init; }
}
