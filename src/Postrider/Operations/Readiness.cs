using Postrider.Log;

namespace Postrider.Operations;

/// <summary>Whether the server can do its work now.</summary>
internal sealed class Readiness(ServerState state)
{
    public ReadinessReport Check()
    {
        if (state.IsStopping)
        {
            return ReadinessReport.No("The server is stopping.");
        }

        if (state.Running is not { } running)
        {
            return ReadinessReport.No("The server is starting.");
        }

        var condition = running.Log.Condition;
        if (condition.State is LogState.Failed or LogState.Corrupt or LogState.Unreachable)
        {
            return ReadinessReport.No(condition.Reason ?? $"The log is {condition.State}.");
        }

        if (running.Delivery.Fault is { } fault)
        {
            return ReadinessReport.No(fault);
        }

        if (running.Delivery.Moving is { } moving)
        {
            return ReadinessReport.No(moving);
        }

        // A full log empties by itself as deliveries go on, and where a part is away the rest goes on: a restart or a place behind the balancer would cure nothing.
        return condition.State switch
        {
            LogState.Full => new ReadinessReport(true, null, condition.Reason ?? "The log is full: events are refused until deliveries make room."),
            LogState.Partial => new ReadinessReport(true, null, condition.Reason),
            _ => new ReadinessReport(true, null, null),
        };
    }
}
