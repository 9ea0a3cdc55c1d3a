using BenchmarkDotNet.Attributes;
using Postrider.Events;

namespace Postrider.Benchmarks.Events;

/// <summary>What does an event's id cost? Once for every answer and every attempt.</summary>
[MemoryDiagnoser]
public class FormattingAnId
{
    private readonly LogPosition _place = SampleEvents.Place;
    private readonly string _id = EventIdFormat.Format(SampleEvents.LogId, SampleEvents.Place);

    [Benchmark]
    public string Format() => EventIdFormat.Format(SampleEvents.LogId, _place);

    [Benchmark]
    public long Parse() => EventIdFormat.TryParse(_id, out _, out var place) ? place.Position : throw new InvalidOperationException(_id);
}
