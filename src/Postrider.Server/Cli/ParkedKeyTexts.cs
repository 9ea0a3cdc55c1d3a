using Postrider.Operations;

namespace Postrider.Server.Cli;

/// <summary>The keys that have been parked longest, for people.</summary>
internal static class ParkedKeyTexts
{
    public static IEnumerable<string> Describe(DestinationReport destination, DateTimeOffset now)
    {
        if (destination.LongestParked.Count == 0)
        {
            yield break;
        }

        yield return destination.ParkedLanes > destination.LongestParked.Count
            ? $"{destination.Name}: of {ApiText.Spell(destination.ParkedLanes)} parked keys these have waited longest:"
            : $"{destination.Name}: parked keys, those that have waited longest first:";
        foreach (var parked in destination.LongestParked)
        {
            var whose = parked.Key is { } key ? $"key {ApiText.Printable(key)}" : $"event {parked.EventId}";
            var next = parked.Blocked ? ", blocked until its dead letter is replayed or deleted"
                : parked.Due is { } due ? $", next try at {due.ToLocalTime():HH:mm:ss}"
                : ", being tried";
            yield return $"  {whose}: {ApiText.Spell(parked.Events, "event")} for {Durations.Spell(now - parked.Since)}, {ApiText.Spell(parked.Attempts, "attempt")}{next}; "
                + $"the last: {ApiText.Printable(parked.LastError?.Message ?? "none yet")}";
        }
    }
}
