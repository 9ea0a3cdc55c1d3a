using System.Globalization;

namespace Postrider.Delivery;

/// <summary>Says, for people, what keeps a destination's events waiting: most telling first. Empty: nothing does.</summary>
internal static class DestinationWaits
{
    public static IReadOnlyList<DestinationWait> Describe(LiveDestination destination, IReadOnlyList<DispatcherReport> reports, bool holdsParking)
    {
        var waits = new List<DestinationWait>();
        if (destination.Control.DisabledReason is { } disabled)
        {
            waits.Add(new DestinationWait("resume", null, $"disabled: {disabled}"));
        }
        else if (destination.Control.Paused)
        {
            waits.Add(new DestinationWait("resume", null, "paused by an operator"));
        }

        var breaker = destination.Breaker.State;
        if (breaker.Open)
        {
            waits.Add(new DestinationWait("breaker", breaker.Until, $"it {(breaker.Rejecting ? "rejects everything" : "fails as a whole")}: {breaker.Reason}; one event is tried then"));
        }

        AddCurrent(destination, reports, waits);
        AddReading(reports, waits);
        if (holdsParking)
        {
            waits.Add(new DestinationWait("space", null, "the storage's reserve is half used up: nothing is parked, so reading stops at keys that fail"));
        }

        if (reports.Any(report => report.HoldsMost))
        {
            waits.Add(new DestinationWait("space", null, "its parked events and dead letters take as much room as one destination may: nothing more is read until there are fewer"));
        }

        AddParked(reports, waits);
        return waits;
    }

    // What the dispatchers met when they last looked. Control and breaker are told above, from where they stand now.
    private static void AddCurrent(LiveDestination destination, IReadOnlyList<DispatcherReport> reports, List<DestinationWait> waits)
    {
        foreach (var group in reports.Select(report => report.Waits).GroupBy(wait => wait.Reason))
        {
            var until = group.Min(wait => wait.Until);
            var wait = group.Key switch
            {
                WaitReason.RateLimit => new DestinationWait("rate-limit", until, $"rateLimit {destination.Model.Config.RateLimit} is used up"),
                WaitReason.Slot => new DestinationWait("slot", null, string.Create(
                    CultureInfo.InvariantCulture, $"all attempts that it may have in flight are under way (concurrency {destination.Model.Config.Concurrency}; retries have half)")),
                WaitReason.Save => new DestinationWait("save", null, "progress could not be saved for a second: the log's disk is slow or failing"),
                WaitReason.Lease => new DestinationWait("lease", null, "the lease of its partition could not be renewed: another router may have it"),
                WaitReason.CatchUp => new DestinationWait("catch-up", null, "it is far behind and yields to destinations that are up to date"),
                WaitReason.Batch => new DestinationWait("batch", until, "its events wait until a batch is full"),
                _ => null,
            };
            if (wait is not null)
            {
                waits.Add(wait);
            }
        }
    }

    // Attempts go on with what is in hand; what stands behind it stays in the log.
    private static void AddReading(IReadOnlyList<DispatcherReport> reports, List<DestinationWait> waits)
    {
        foreach (var stops in reports.Select(report => report.ReadingStops).Distinct())
        {
            var wait = stops switch
            {
                WaitReason.Memory => new DestinationWait("memory", null, "nothing more is read: events in memory have reached delivery.maxInMemory, for all destinations together"),
                WaitReason.Window => new DestinationWait("window", null, "nothing more is read: an event that is being attempted is too far behind what was read last"),
                WaitReason.ParkedKeys => new DestinationWait("parked-keys", null, "nothing more is read: as many keys are parked as may be"),
                _ => null,
            };
            if (wait is not null)
            {
                waits.Add(wait);
            }
        }
    }

    private static void AddParked(IReadOnlyList<DispatcherReport> reports, List<DestinationWait> waits)
    {
        var blocked = reports.Sum(report => report.BlockedLanes);
        if (blocked > 0)
        {
            waits.Add(new DestinationWait("operator", null, string.Create(
                CultureInfo.InvariantCulture, $"{(blocked == 1 ? "1 key waits until its" : $"{blocked} keys wait until their")} dead letter is replayed or deleted (onGiveUp: block)")));
        }

        if (reports.Select(report => report.NextRetry).Min() is { } retry)
        {
            waits.Add(new DestinationWait("retry", retry, "failed events are tried again then"));
        }
    }
}
