using BenchmarkDotNet.Attributes;
using Postrider.Delivery;

namespace Postrider.Benchmarks.Delivery;

/// <summary>What does progress cost an event, and what does its snapshot cost a save?</summary>
[MemoryDiagnoser]
public class TrackingProgress
{
    private const int EventsPerCall = 4096;

    private readonly Queue<int> _handles = new();
    private ProgressTracker _tracker = new(1);

    /// <summary>Events read and not settled, all the while.</summary>
    [Params(1, 64, 4096)]
    public int Outstanding { get; set; }

    [GlobalSetup]
    public void Prepare()
    {
        _tracker = new ProgressTracker(1);
        _handles.Clear();
        for (var i = 0; i < Outstanding; i++)
        {
            _handles.Enqueue(_tracker.Add(_tracker.ReadPosition));
        }
    }

    [Benchmark(OperationsPerInvoke = EventsPerCall)]
    public long AddAndSettle()
    {
        for (var i = 0; i < EventsPerCall; i++)
        {
            _handles.Enqueue(_tracker.Add(_tracker.ReadPosition));
            _tracker.Settle(_handles.Dequeue());
        }

        return _tracker.Cursor;
    }

    [Benchmark]
    public int Snapshot() => _tracker.Snapshot().Outstanding.Count;
}
