using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Postrider.Diagnostics;

/// <summary>Every counter of Postrider, on one meter. Names follow OpenTelemetry: dots, no unit or "total" in the name, seconds as double.</summary>
/// <remarks>Tags are a destination's name and type, a source's name, an outcome or an <c>error.type</c>; never a key, an event's id or a URL.</remarks>
public sealed class PostriderMetrics
{
    /// <summary>The meter to subscribe to.</summary>
    public const string MeterName = "Postrider";

    private readonly Counter<long> _accepted;
    private readonly Counter<long> _repeated;
    private readonly Counter<long> _refused;
    private readonly Counter<long> _attempts;
    private readonly Histogram<double> _attemptDuration;
    private readonly Histogram<double> _commitDuration;
    private readonly Histogram<long> _commitEvents;
    private long _acceptedEvents;
    private long _refusedRequests;

    /// <summary>Makes the instruments.</summary>
    public PostriderMetrics(IMeterFactory meters)
    {
        ArgumentNullException.ThrowIfNull(meters);
        Meter = meters.Create(MeterName);
        _accepted = Meter.CreateCounter<long>("postrider.gateway.events", "{event}", "Events stored.");
        _repeated = Meter.CreateCounter<long>("postrider.gateway.repeats", "{event}", "Events not stored again because their id was known; conflicting: with another body.");
        _refused = Meter.CreateCounter<long>("postrider.gateway.refused", "{request}", "Requests not answered with success, by error.type.");
        _attempts = Meter.CreateCounter<long>("postrider.delivery.attempts", "{attempt}", "Attempts to deliver an event, by outcome.");
        _attemptDuration = Meter.CreateHistogram(
            "postrider.delivery.duration", "s", "Duration of an attempt.",
            advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30] });
        _commitDuration = Meter.CreateHistogram(
            "postrider.log.commit.duration", "s", "Duration of one write and sync of the log.",
            advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.25, 1] });
        _commitEvents = Meter.CreateHistogram(
            "postrider.log.commit.events", "{event}", "Events stored by one write and sync.",
            advice: new InstrumentAdvice<long> { HistogramBucketBoundaries = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024] });
    }

    /// <summary>For gauges that their owners observe.</summary>
    internal Meter Meter { get; }

    /// <summary>Events stored since the start, for those who look now and then.</summary>
    internal long AcceptedEvents => Interlocked.Read(ref _acceptedEvents);

    /// <summary>Requests refused since the start.</summary>
    internal long RefusedRequests => Interlocked.Read(ref _refusedRequests);

    internal void EventsAccepted(string source, int count)
    {
        Interlocked.Add(ref _acceptedEvents, count);
        _accepted.Add(count, new KeyValuePair<string, object?>("source", source));
    }

    internal void EventsRepeated(string source, int count, bool conflicting) => _repeated.Add(
        count,
        new KeyValuePair<string, object?>("source", source),
        new KeyValuePair<string, object?>("conflicting", conflicting));

    internal void RequestRefused(string errorType)
    {
        Interlocked.Increment(ref _refusedRequests);
        _refused.Add(1, new KeyValuePair<string, object?>("error.type", errorType));
    }

    internal void Attempted(string destination, string type, string outcome, string? errorType, TimeSpan duration)
    {
        if (!_attempts.Enabled && !_attemptDuration.Enabled)
        {
            return;
        }

        var tags = new TagList { { "destination", destination }, { "destination.type", type }, { "outcome", outcome } };
        if (errorType is not null)
        {
            tags.Add("error.type", errorType);
        }

        _attempts.Add(1, tags);
        _attemptDuration.Record(duration.TotalSeconds, tags);
    }

    /// <summary>Has the destinations' gauges read from their owner.</summary>
    internal void ObserveDestinations(Func<IEnumerable<DestinationGauges>> read)
    {
        Meter.CreateObservableGauge("postrider.destination.lag", () => Observe(read, gauges => gauges.Lag), "{event}", "Events not settled.");
        Meter.CreateObservableGauge("postrider.parked.events", () => Observe(read, gauges => gauges.ParkedEvents), "{event}", "Events in the retry store.");
        Meter.CreateObservableGauge("postrider.dead_letters", () => Observe(read, gauges => gauges.DeadLetters), "{event}", "Dead letters kept.");
        Meter.CreateObservableGauge("postrider.destination.in_flight", () => Observe(read, gauges => gauges.InFlight), "{attempt}", "Attempts in flight.");
        Meter.CreateObservableGauge("postrider.destination.open", () => Observe(read, gauges => gauges.Open ? 1 : 0), "1", "1 while the breaker is open.");
    }

    /// <summary>Has the log's gauges read from their owner.</summary>
    internal void ObserveLog(Func<(long Bytes, long Unsettled, long Limit)> read)
    {
        Meter.CreateObservableUpDownCounter("postrider.log.size", () => read().Bytes, "By", "All that the log occupies.");
        Meter.CreateObservableUpDownCounter("postrider.log.unsettled", () => read().Unsettled, "By", "The part of the log that some destination still needs; it alone can make the log full.");
        Meter.CreateObservableUpDownCounter("postrider.log.limit", () => read().Limit, "By", "The most that the log may occupy now.");
    }

    /// <summary>Has the de-duplication window's gauges read from its owner.</summary>
    internal void ObserveRepeats(Func<(int Count, int Capacity, long Forgotten)> read)
    {
        Meter.CreateObservableUpDownCounter("postrider.log.repeat_ids", () => read().Count, "{id}", "Ids remembered for de-duplication.");
        Meter.CreateObservableCounter("postrider.log.repeat_ids.forgotten", () => read().Forgotten, "{id}", "Ids forgotten before their window was over, for want of room.");
    }

    internal void Committed(TimeSpan duration, int events)
    {
        _commitDuration.Record(duration.TotalSeconds);
        _commitEvents.Record(events);
    }

    private static IEnumerable<Measurement<long>> Observe(Func<IEnumerable<DestinationGauges>> read, Func<DestinationGauges, long> pick) =>
        read().Select(gauges => new Measurement<long>(pick(gauges), new KeyValuePair<string, object?>("destination", gauges.Destination)));
}
