using BenchmarkDotNet.Attributes;
using Postrider.Events;

namespace Postrider.Benchmarks.Events;

/// <summary>What does it cost to have an event back from the log? Once for every destination that is behind the ring.</summary>
[MemoryDiagnoser]
public class ReadingAnEvent
{
    private byte[] _stored = [];

    [Params(300, 1000)]
    public int BodyBytes { get; set; }

    [Params(false, true)]
    public bool AllFields { get; set; }

    [GlobalSetup]
    public void Prepare() => _stored = SampleEvents.Stored(BodyBytes, AllFields);

    [Benchmark(Baseline = true)]
    public object Restore() => Event.Restore(_stored, SampleEvents.LogId, SampleEvents.Place);

    [Benchmark]
    public int RestoreAndRoute()
    {
        var restored = Event.Restore(_stored, SampleEvents.LogId, SampleEvents.Place);
        return restored.Source.Length + (restored.RequestedDestinations?.Count ?? 0);
    }

    [Benchmark]
    public object DecodeAllFields() => EventEnvelope.Read(_stored);

    [Benchmark]
    public ulong KeyHashFromBytes() => EventEnvelope.KeyHash(_stored);
}
