using Microsoft.Extensions.Logging;
using Postrider.Destinations;
using Postrider.Diagnostics;
using Postrider.Events;
using Postrider.Journal;

namespace Postrider.Delivery;

/// <summary>Counts, logs and keeps the attempts of one destination in one partition. Belongs to its dispatcher's pump.</summary>
internal sealed partial class AttemptCounting(
    LiveDestination destination, int partition, PostriderMetrics metrics, DeliveryJournal journal, TimeProvider time, ILogger logger)
{
    private readonly AttemptCounters _counters = destination.CountersOf(partition);
    private readonly List<EndedAttempt> _failed = [];
    private long _keepNextAt;

    /// <summary>The record of the attempt counted last, if it failed: whoever schedules its event says when it is tried again.</summary>
    public EndedAttempt? LastFailed { get; private set; }

    /// <summary>An attempt for one event of a batch has ended.</summary>
    public void Count(Attempt attempt, int index, int number, DeliveryResult result, DeliveryOutcome outcome)
    {
        var word = ResultReading.WordOf(outcome);
        var @event = attempt.Events[index].Event;
        using var scope = attempt.Span is { } span ? logger.BeginScope(new TraceScope(span)) : null;
        metrics.Attempted(destination.Name, attempt.Model.Config.Type, word, outcome == DeliveryOutcome.Delivered ? null : result.ErrorClass, attempt.Duration);
        if (outcome == DeliveryOutcome.Delivered)
        {
            LastFailed = null;
            CountDelivered(attempt, @event, number, result);
            return;
        }

        _counters.Fail(outcome == DeliveryOutcome.Rejected, result.ErrorClass, attempt.Duration);
        LastFailed = Describe(@event, number, word, result, attempt.Duration, time.GetUtcNow());
        _failed.Add(LastFailed);
        if (logger.IsEnabled(LogLevel.Warning))
        {
            Log.Failed(
                logger, destination.Name, @event.Id, number, word, result.ErrorClass, result.Status, result.Reason, attempt.Duration.TotalMilliseconds);
        }
    }

    /// <summary>All of an attempt is settled: what failed is kept, with what was decided over it.</summary>
    public void KeepFailed()
    {
        if (_failed.Count == 0)
        {
            return;
        }

        foreach (var ended in _failed)
        {
            journal.Attempts.Keep(ended);
            journal.Tail.Ended(ended);
        }

        LastFailed = null;
        _failed.Clear();
    }

    /// <summary>The destination threw.</summary>
    public void Threw(Exception exception) => Log.DestinationThrew(logger, exception, destination.Name);

    private void CountDelivered(Attempt attempt, Event @event, int number, DeliveryResult result)
    {
        _counters.Deliver(attempt.Duration);

        // By the attempt's own times: nothing here looks at the clock for every event.
        var endedAt = attempt.Began + (long)(attempt.Duration.TotalSeconds * time.TimestampFrequency);
        var keeps = endedAt >= _keepNextAt;
        if (keeps || (journal.Tail.HasListeners && journal.Tail.Wants(destination.Name, delivered: true, @event)))
        {
            var ended = Describe(@event, number, EndedAttempt.Outcomes[0], result, attempt.Duration, time.GetUtcNow());
            if (keeps)
            {
                _keepNextAt = endedAt + (long)(journal.SampleEvery.TotalSeconds * time.TimestampFrequency);
                journal.Attempts.Keep(ended);
            }

            journal.Tail.Ended(ended);
        }

        if (keeps)
        {
            _counters.ClearNewest();
        }
        else
        {
            _counters.SetNewest(@event.Place, endedAt, attempt.Duration, number, result.Status);
        }

        if (logger.IsEnabled(LogLevel.Debug))
        {
            Log.Delivered(logger, destination.Name, @event.Id, number, result.Status, attempt.Duration.TotalMilliseconds);
        }
    }

    private EndedAttempt Describe(Event @event, int number, string outcome, DeliveryResult result, TimeSpan duration, DateTimeOffset at) => new()
    {
        At = at,
        Destination = destination.Name,
        EventId = @event.Id,
        Source = @event.Source,
        Key = @event.Key,
        Type = @event.Type,
        Number = number,
        Outcome = outcome,
        Status = result.Status,
        ErrorClass = result.ErrorClass,
        Message = result.Reason,
        Answer = result.Answer,
        Duration = duration,
    };

    private static partial class Log
    {
        [LoggerMessage(LogEvents.Delivered, LogLevel.Debug, "Delivered {EventId} to {Destination}: attempt {Attempt}, status {Status}, {Milliseconds:0.0} ms.")]
        public static partial void Delivered(ILogger logger, string destination, string eventId, int attempt, int? status, double milliseconds);

        [LoggerMessage(LogEvents.AttemptFailed, LogLevel.Warning, "Attempt {Attempt} of {EventId} to {Destination} ended as {Outcome} after {Milliseconds:0.0} ms: {ErrorClass} {Status} {Reason}")]
        public static partial void Failed(
            ILogger logger, string destination, string eventId, int attempt, string outcome, string? errorClass, int? status, string? reason, double milliseconds);

        [LoggerMessage(LogEvents.DestinationThrew, LogLevel.Error, "Destination {Destination} threw instead of answering with a result; the attempt counts as failed.")]
        public static partial void DestinationThrew(ILogger logger, Exception exception, string destination);
    }
}
