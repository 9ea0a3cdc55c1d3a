namespace Postrider.Log;

/// <summary>A destination while its log is copied: what the partitions of the old log know of it, and its progress in those of the new one.</summary>
internal sealed class CopiedDestination
{
    private readonly IReadOnlyList<DestinationRecord> _records;
    private readonly int[] _nextOutstanding;

    /// <summary>Makes it.</summary>
    /// <param name="records">One for each partition of the old log.</param>
    /// <param name="to">The partitions of the new one.</param>
    public CopiedDestination(IReadOnlyList<DestinationRecord> records, IReadOnlyList<ILogPartition> to)
    {
        _records = records;
        _nextOutstanding = new int[records.Count];
        Progress = [.. to.Select(partition => new MovedProgress(partition.FirstPosition))];
    }

    public string Name => _records[0].Name;

    /// <summary>For each partition of the new log.</summary>
    public IReadOnlyList<MovedProgress> Progress { get; }

    /// <summary>The next event of one old partition, and where it went.</summary>
    public void Add(int partition, long position, MovedPlace place)
    {
        var record = _records[partition];
        var progress = record.Progress;
        ref var next = ref _nextOutstanding[partition];
        while (next < progress.Outstanding.Count && progress.Outstanding[next] < position)
        {
            next++;
        }

        var isOutstanding = next < progress.Outstanding.Count && progress.Outstanding[next] == position;
        Progress[place.Partition].Add(place.Position, position >= record.StartPosition, position < progress.ReadPosition && !isOutstanding);
    }

    /// <summary>What a partition of the new log is told first: that nothing is settled yet, so that nothing is dropped before all is copied.</summary>
    public DestinationRecord Register(ILogPartition partition) => new()
    {
        Name = Name,
        StartPosition = Progress[partition.Number].Start,
        Progress = Log.Progress.StartingAt(partition.FirstPosition),
        Control = _records.Select(record => record.Control).FirstOrDefault(control => control != DestinationControl.None) ?? DestinationControl.None,
        LastListed = _records.Max(record => record.LastListed),
    };

    /// <summary>Changes while the copy runs.</summary>
    public DestinationSave Save(ILogPartition partition, IReadOnlyList<StateChange> changes) => new(Name)
    {
        Progress = Log.Progress.StartingAt(partition.FirstPosition),
        Counters = new DestinationCounters(0, 0, Progress[partition.Number].Parked),
        Changes = changes,
    };

    /// <summary>The last save: from here on the new log delivers what the old one had not.</summary>
    public DestinationSave Finish(int partition)
    {
        // Totals count over all partitions: each old one's go to one new one.
        var counted = _records.Where((_, number) => number % Progress.Count == partition).ToList();
        return new DestinationSave(Name)
        {
            Progress = Progress[partition].Progress,
            Counters = new DestinationCounters(
                counted.Sum(record => record.Counters.Delivered), counted.Sum(record => record.Counters.FailedAttempts), Progress[partition].Parked),
            Changes = [],
        };
    }
}
