using Postrider.Operations;

namespace Postrider.FunctionalTests.WebConsole.Fake;

/// <summary>A destination that is only told of: its figures move with the clock.</summary>
internal sealed class FakeDestination(string name, string type, double delivered, DateTimeOffset began)
{
    public string Name { get; } = name;

    public string Type { get; } = type;

    public string State { get; set; } = "running";

    public double Delivered { get; } = delivered;

    public double Failed { get; init; }

    public long Lag { get; set; }

    public double LagGrowth { get; init; }

    public DateTimeOffset? Behind { get; set; }

    public int BlockedLanes { get; init; }

    public string? Reason { get; set; }

    public IReadOnlyList<ParkedKeyReport> Parked { get; set; } = [];

    public Func<DateTimeOffset, IReadOnlyList<WaitReport>> Waits { get; set; } = _ => [];

    public bool IsStopped => State is "paused" or "disabled";

    public DestinationReport Report(DateTimeOffset now, long deadLetters)
    {
        var seconds = (now - began).TotalSeconds;
        var waits = IsStopped ? [new WaitReport("resume", null, State == "paused" ? "paused by an operator" : "disabled: by an operator")] : Waits(now);
        return new DestinationReport
        {
            Name = Name,
            Type = Type,
            State = State,
            Configured = true,
            Lag = Lag + (long)(LagGrowth * seconds),
            OldestPendingSeconds = Behind is { } behind ? (now - behind).TotalSeconds : null,
            InFlight = State == "running" ? (int)(Delivered / 20) + 1 : 0,
            ParkedLanes = Parked.Count,
            ParkedEvents = Parked.Sum(parked => parked.Events),
            DeadLetters = deadLetters,
            Delivered = 1_840_000 + (long)(Delivered * seconds),
            FailedAttempts = 2_300 + (long)(Failed * seconds),
            Reason = waits.Count > 0 ? waits[0].Reason : null,
            Until = waits.Count > 0 ? waits[0].Until : null,
            Waits = waits,
            BlockedLanes = BlockedLanes,
            LongestParked = Parked,
            PinnedPercent = Lag / 4000.0,
        };
    }
}
