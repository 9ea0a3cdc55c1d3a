using Postrider.Events;
using Postrider.Log;

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

    /// <summary>What cannot be used of a batch whose rest can.</summary>
    public IReadOnlyList<RejectedIngest> Rejected { get; init; } = [];

    /// <summary>How many could not be used: those that are kept, and those beyond.</summary>
    public int RejectedCount { get; init; }

    /// <summary>What the events weigh: taken from the budget, for whoever gets this to give back.</summary>
    public long Weight { get; init; }

    public static Intake Refused(GatewayError error) => new() { Error = error };
}
