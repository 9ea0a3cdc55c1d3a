using Microsoft.Extensions.Logging;
using Postrider.Diagnostics;
using Postrider.Events;

namespace Postrider.Gateway;

/// <summary>Counts what the log has taken, and tells people of events that came under the id of another.</summary>
internal sealed partial class Acceptance(PostriderMetrics metrics, ILogger logger)
{
    /// <summary>Events of one source, of which the log has said what they are.</summary>
    public void Count(GatewaySource source, IReadOnlyList<Event> events)
    {
        RequestSpan.Stored(source.Name, events.Count);
        var (repeated, conflicting) = (0, 0);
        Event? first = null;
        for (var i = 0; i < events.Count; i++)
        {
            switch (events[i].Repeat)
            {
                case Repeat.None:
                    continue;
                case Repeat.Conflicting:
                    first ??= events[i];
                    conflicting++;
                    break;
                default:
                    repeated++;
                    break;
            }
        }

        if (events.Count > repeated + conflicting)
        {
            metrics.EventsAccepted(source.Name, events.Count - repeated - conflicting);
        }

        if (repeated > 0)
        {
            metrics.EventsRepeated(source.Name, repeated, conflicting: false);
        }

        if (first is not null)
        {
            metrics.EventsRepeated(source.Name, conflicting, conflicting: true);
            SayConflicting(source, conflicting, first);
        }
    }

    /// <summary>The same of one event.</summary>
    public void Count(GatewaySource source, Event @event)
    {
        RequestSpan.Stored(source.Name, 1);
        if (@event.Repeat is Repeat.None)
        {
            metrics.EventsAccepted(source.Name, 1);
            return;
        }

        var isConflicting = @event.Repeat is Repeat.Conflicting;
        metrics.EventsRepeated(source.Name, 1, isConflicting);
        if (isConflicting)
        {
            SayConflicting(source, 1, @event);
        }
    }

    // One line a request, however many there are.
    private void SayConflicting(GatewaySource source, int count, Event first)
    {
        if (count == 1)
        {
            Log.ConflictingRepeat(logger, source.Name, first.Id);
        }
        else
        {
            Log.ConflictingRepeats(logger, source.Name, count, first.Id);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(LogEvents.ConflictingRepeat, LogLevel.Warning, "Source {Source} sent another event under the id of {EventId}: it was not stored.")]
        public static partial void ConflictingRepeat(ILogger logger, string source, string eventId);

        [LoggerMessage(
            LogEvents.ConflictingRepeats, LogLevel.Warning,
            "Source {Source} sent {Count} other events under the ids of events that are stored, the first under that of {EventId}: they were not stored.")]
        public static partial void ConflictingRepeats(ILogger logger, string source, int count, string eventId);
    }
}
