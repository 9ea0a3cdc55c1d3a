using Postrider.Events;

namespace Postrider.Gateway.Segment;

/// <summary>What a body came to: events to store, or the answer to give.</summary>
internal sealed class Intake
{
    /// <summary>Why nothing is taken.</summary>
    public GatewayError? Error { get; init; }

    /// <summary>Whose events they are; null only beside an error.</summary>
    public GatewaySource? Source { get; init; }

    /// <summary>In the order of the body.</summary>
    public IReadOnlyList<Event> Events { get; init; } = [];

    /// <summary>What cannot be used of a batch whose rest can; null only beside an error.</summary>
    public RejectedEvents? Rejected { get; init; }

    /// <summary>What the events weigh: taken from the budget, for whoever gets this to give back.</summary>
    public long Weight { get; init; }

    public static Intake Refused(GatewayError error) => new() { Error = error };
}
