using System.Buffers;
using BenchmarkDotNet.Attributes;
using Postrider.Events;

namespace Postrider.Benchmarks.Events;

/// <summary>What does it cost to turn a request into the bytes that the log stores? Once for every accepted event.</summary>
[MemoryDiagnoser]
public class WritingAnEvent
{
    private EventDraft _draft;
    private ReadOnlySequence<byte> _body;

    [Params(300, 1000, 32_768)]
    public int BodyBytes { get; set; }

    [Params(false, true)]
    public bool AllFields { get; set; }

    [GlobalSetup]
    public void Prepare()
    {
        _draft = SampleEvents.Draft(AllFields);
        _body = new ReadOnlySequence<byte>(SampleEvents.Body(BodyBytes));
    }

    [Benchmark(Baseline = true)]
    public byte[] CopyTheBodyOnly() => _body.ToArray();

    [Benchmark]
    public byte[] Envelope() => EventEnvelope.Write(_draft, _body);

    [Benchmark]
    public object Create() => Event.Create(_draft, _body);
}
