using System.Text;
using Postrider.Log;

namespace Postrider.Journal;

/// <summary>
/// The attempts that are kept: failures always, deliveries by sampling, and the newest delivery of each destination. Bounded, in memory as in
/// storage; failures and deliveries each push out their own oldest.
/// </summary>
internal sealed class AttemptJournal
{
    public const long FailureBytes = 8 << 20;
    public const long DeliveryBytes = 2 << 20;
    public const int MaxFailures = 50_000;
    public const int MaxDeliveries = 20_000;

    // Of so many destinations the newest delivery is kept for sure, those that it is newest of; of more, only what the sampling finds.
    private const int MaxNewest = 4096;

    private readonly AttemptBlocks _failures = new(RecordKinds.Failures, FailureBytes, MaxFailures);
    private readonly AttemptBlocks _deliveries = new(RecordKinds.Deliveries, DeliveryBytes, MaxDeliveries);
    private readonly Lock _lock = new();
    private readonly OrderedDictionary<string, byte[]> _newest = new(StringComparer.Ordinal);
    private bool _newestChanged;

    public void Keep(EndedAttempt attempt)
    {
        Span<byte> bytes = stackalloc byte[AttemptCodec.MaxLength];
        var written = bytes[..AttemptCodec.Write(attempt, bytes)];
        if (!attempt.Delivered)
        {
            _failures.Add(written);
            return;
        }

        _deliveries.Add(written);
        lock (_lock)
        {
            KeepNewest(attempt.Destination, written.ToArray());
            _newestChanged = true;
        }
    }

    /// <summary>Those that match, newest first.</summary>
    public IReadOnlyList<EndedAttempt> Find(AttemptQuery query, CancellationToken cancellationToken)
    {
        var failures = _failures.Find(query, cancellationToken);
        if (query.FailedOnly)
        {
            return failures;
        }

        var deliveries = _deliveries.Find(query, cancellationToken);
        var known = deliveries.Select(attempt => (attempt.Destination, attempt.EventId, attempt.Number)).ToHashSet();
        var older = FindNewest(query).Where(attempt => !known.Contains((attempt.Destination, attempt.EventId, attempt.Number)));
        return [.. failures.Concat(deliveries).Concat(older).OrderByDescending(attempt => attempt.At).Take(query.Limit)];
    }

    /// <summary>Takes over what was kept.</summary>
    /// <exception cref="InvalidDataException">It cannot be read.</exception>
    public void Load(IReadOnlyList<KeptRecord> records)
    {
        _failures.Load(records);
        _deliveries.Load(records);
        lock (_lock)
        {
            foreach (var record in records.Where(record => record.Key.Kind == RecordKinds.Newest))
            {
                var reader = new AttemptReader(record.Bytes);
                while (reader.Next())
                {
                    KeepNewest(Encoding.UTF8.GetString(reader.Destination), Again(reader.Read()));
                }
            }
        }
    }

    /// <summary>Collects what is to be kept since the last time.</summary>
    public (List<KeptRecord> Written, List<RecordKey> Removed) TakeChanges()
    {
        var (written, removed) = _failures.TakeChanges();
        var deliveries = _deliveries.TakeChanges();
        written.AddRange(deliveries.Written);
        removed.AddRange(deliveries.Removed);
        lock (_lock)
        {
            if (_newestChanged)
            {
                written.Add(new KeptRecord(new RecordKey(RecordKinds.Newest, 0), [.. _newest.Values.SelectMany(bytes => bytes)]));
                _newestChanged = false;
            }
        }

        return (written, removed);
    }

    /// <summary>What was taken was not kept: it comes again.</summary>
    public void Untake(IReadOnlyList<KeptRecord> written, IReadOnlyList<RecordKey> removed)
    {
        _failures.Untake(written, removed);
        _deliveries.Untake(written, removed);
        lock (_lock)
        {
            _newestChanged |= written.Any(record => record.Key.Kind == RecordKinds.Newest);
        }
    }

    // In the order in which they were kept: the first is of the destination that had none for the longest time.
    private void KeepNewest(string destination, byte[] attempt)
    {
        _newest.Remove(destination);
        _newest.Add(destination, attempt);
        if (_newest.Count > MaxNewest)
        {
            _newest.RemoveAt(0);
        }
    }

    private static byte[] Again(EndedAttempt attempt)
    {
        var bytes = new byte[AttemptCodec.MaxLength];
        return bytes[..AttemptCodec.Write(attempt, bytes)];
    }

    private List<EndedAttempt> FindNewest(AttemptQuery query)
    {
        List<byte[]> all;
        lock (_lock)
        {
            all = [.. _newest.Values];
        }

        var found = new List<EndedAttempt>();
        foreach (var bytes in all)
        {
            var reader = new AttemptReader(bytes);
            if (reader.Next() && query.Matches(reader))
            {
                found.Add(reader.Read());
            }
        }

        return found;
    }
}
