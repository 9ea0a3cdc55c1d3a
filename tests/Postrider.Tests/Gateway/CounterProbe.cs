using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Postrider.Diagnostics;

namespace Postrider.Tests.Gateway;

/// <summary>Listens to one server's counters: <c>instrument:tag value</c> → sum.</summary>
internal sealed class CounterProbe : IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly ConcurrentDictionary<string, long> _sums = new();

    public CounterProbe(PostriderMetrics metrics)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (ReferenceEquals(instrument.Meter, metrics.Meter))
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
            _sums.AddOrUpdate(tags.IsEmpty ? instrument.Name : $"{instrument.Name}:{tags[0].Value}", value, (_, sum) => sum + value));
        _listener.Start();
    }

    public long this[string name] => _sums.GetValueOrDefault(name);

    public void Dispose() => _listener.Dispose();
}
