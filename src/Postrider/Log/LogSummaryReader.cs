using System.IO.Hashing;
using System.Runtime.InteropServices;
using System.Text;

namespace Postrider.Log;

/// <summary>Reads a whole log for its summary. Takes about thirty bytes of memory for each event, and as much for each key.</summary>
internal sealed class LogSummaryReader(IEventLog log)
{
    private readonly Dictionary<(int Partition, long Position), ulong> _events = [];
    private readonly Dictionary<ulong, ulong> _lastOfKey = [];
    private readonly SortedDictionary<string, DestinationSummary> _destinations = new(StringComparer.Ordinal);
    private ulong _checksum;

    public async Task<LogSummary> ReadAsync(CancellationToken cancellationToken)
    {
        var records = new Dictionary<int, IReadOnlyList<DestinationRecord>>();
        foreach (var partition in log.Partitions)
        {
            records[partition.Number] = await partition.State.LoadDestinationsAsync(cancellationToken).ConfigureAwait(false);
            foreach (var record in records[partition.Number])
            {
                var control = Hash("control", record.Control.Paused ? 1UL : 0, Hash(record.Control.DisabledReason ?? "", 0));

                // Every partition knows it alike.
                _destinations[record.Name] = new DestinationSummary(record.Name, 0, 0, 0, 0, control);
            }
        }

        await foreach (var (place, moved) in LogCopyEvents.ReadAsync(log, cancellationToken).ConfigureAwait(false))
        {
            var hash = XxHash3.HashToUInt64(moved.Bytes);
            _events.Add((place.Partition, place.Position), hash);
            _checksum += Hash("event", hash, moved.IsKeyed ? _lastOfKey.GetValueOrDefault(moved.KeyHash) : 0);
            if (moved.IsKeyed)
            {
                _lastOfKey[moved.KeyHash] = hash;
            }
        }

        foreach (var partition in log.Partitions)
        {
            foreach (var record in records[partition.Number])
            {
                AddPending(partition, record);
                await AddParkedAsync(partition, record.Name, cancellationToken).ConfigureAwait(false);
            }

            await AddLettersAsync(partition, cancellationToken).ConfigureAwait(false);
        }

        return new LogSummary(_events.Count, _checksum, [.. _destinations.Values]);
    }

    private void AddPending(ILogPartition partition, DestinationRecord record)
    {
        var unread = Math.Max(record.Progress.ReadPosition, partition.FirstPosition);
        for (var i = 0L; i < record.Progress.Outstanding.Count + Math.Max(0, partition.EndPosition - unread); i++)
        {
            var position = i < record.Progress.Outstanding.Count ? record.Progress.Outstanding[(int)i] : unread + i - record.Progress.Outstanding.Count;
            Add(record.Name, Hash("pending", EventAt(partition, position)), pending: 1);
        }
    }

    private async Task AddParkedAsync(ILogPartition partition, string name, CancellationToken cancellationToken)
    {
        var (lane, last) = (default(LaneId), 0UL);
        await foreach (var (due, events) in StateReading.ReadLanesAsync(partition.State, name, cancellationToken).ConfigureAwait(false))
        {
            foreach (var parked in events)
            {
                last = Hash(
                    "parked", EventAt(partition, parked.Position), parked.Lane == lane ? last : 0, (ulong)parked.Attempts, (ulong)parked.Turn,
                    Of(parked.ParkedAt), Of(parked.FirstAttempt), Of(due), Hash($"{parked.LastError}"));
                lane = parked.Lane;
                Add(name, last, parked: 1);
            }
        }
    }

    private async Task AddLettersAsync(ILogPartition partition, CancellationToken cancellationToken)
    {
        await foreach (var letters in StateReading.ReadLettersAsync(partition.State, cancellationToken).ConfigureAwait(false))
        {
            foreach (var (_, name, letter) in letters)
            {
                var text = $"{letter.Class} {letter.Key} {letter.Type} {letter.Error} {letter.Blocking}";
                Add(
                    name,
                    Hash(text, EventAt(partition, letter.Position), XxHash3.HashToUInt64(letter.Answer.Span), (ulong)letter.Attempts, Of(letter.At), Of(letter.FirstAttempt), Of(letter.LastAttempt)),
                    dead: 1);
            }
        }

        foreach (var range in await partition.State.ReadGivenUpAsync(null, int.MaxValue, cancellationToken).ConfigureAwait(false))
        {
            // Into how many ranges they fall is a matter of partitions.
            Add(range.Destination, 0, givenUp: range.Events);
        }
    }

    private ulong EventAt(ILogPartition partition, long position) => _events.TryGetValue((partition.Number, position), out var hash)
        ? hash
        : throw new LogUnusableException($"Partition {partition.Number} refers to position {position}, which it does not hold.");

    private void Add(string name, ulong checksum, long pending = 0, long parked = 0, long dead = 0, long givenUp = 0)
    {
        var known = _destinations.GetValueOrDefault(name) ?? new DestinationSummary(name, 0, 0, 0, 0, 0);
        _destinations[name] = new DestinationSummary(
            name, known.Pending + pending, known.Parked + parked, known.DeadLetters + dead, known.GivenUp + givenUp, known.Checksum + checksum);
    }

    private static ulong Of(DateTimeOffset? time) => time is { } at ? (ulong)at.ToUnixTimeMilliseconds() : ulong.MaxValue;

    private static ulong Hash(string word, params ReadOnlySpan<ulong> numbers)
    {
        var hash = new XxHash3();
        hash.Append(Encoding.UTF8.GetBytes(word));
        hash.Append(MemoryMarshal.AsBytes(numbers));
        return hash.GetCurrentHashAsUInt64();
    }
}
