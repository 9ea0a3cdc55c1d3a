using Postrider.Events;
using Postrider.Log;

namespace Postrider.Delivery;

/// <summary>
/// Since when the oldest event of a destination waits, at a bounded cost: from the ring where it is there, else from the log, so many dispatchers a
/// round, in turn. One whose turn has not come is told as of its last look, which is too old rather than too young.
/// </summary>
internal sealed class OldestWaiting(Func<PartitionDelivery?[]> partitions)
{
    private const int LooksARound = 64;

    private readonly Dictionary<Dispatcher, Known> _known = [];
    private long _round;

    // Who wants a look has a place, in the order of asking; those of so many from here on have their turn.
    private int _begin;
    private int _wanting;
    private int _wantingBefore;

    public void BeginRound()
    {
        _round++;
        _begin = _wanting > LooksARound ? (_begin + LooksARound) % _wanting : 0;
        (_wantingBefore, _wanting) = (_wanting, 0);

        // Dispatchers that were not asked after in the last round are gone.
        foreach (var gone in _known.Where(known => known.Value.Round < _round - 1).Select(known => known.Key).ToList())
        {
            _known.Remove(gone);
        }
    }

    /// <summary>When the oldest event was received that is neither delivered nor given up; null: none waits, or that is not known.</summary>
    public async Task<DateTimeOffset?> FindAsync(LiveDestination destination, CancellationToken cancellationToken)
    {
        DateTimeOffset? oldest = null;
        foreach (var dispatcher in destination.Dispatchers)
        {
            var waits = dispatcher.Cursor < dispatcher.Partition.EndPosition;
            var parked = dispatcher.Gauges.ParkedEvents;
            if (!waits && parked == 0)
            {
                _known.Remove(dispatcher);
                continue;
            }

            if (!_known.TryGetValue(dispatcher, out var known))
            {
                _known.Add(dispatcher, known = new Known());
            }

            (known.Round, known.HasTurn) = (_round, null);
            await LookAtCursorAsync(dispatcher, known, waits, cancellationToken).ConfigureAwait(false);
            await LookAtParkedAsync(dispatcher, known, parked, cancellationToken).ConfigureAwait(false);
            oldest = Earlier(oldest, Earlier(known.CursorAt, known.ParkedAt));
        }

        return oldest;
    }

    /// <summary>An event, where the log can say it now: a status that fails where the log is damaged would hide just what it has to show.</summary>
    public static async Task<Event?> FindAsync(ILogPartition partition, long position, CancellationToken cancellationToken)
    {
        try
        {
            return await partition.GetAsync(position, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is LogCorruptException or NewerEnvelopeException or IOException or LogUnavailableException or GenerationMovedException)
        {
            return null;
        }
    }

    private async Task LookAtCursorAsync(Dispatcher dispatcher, Known known, bool waits, CancellationToken cancellationToken)
    {
        var cursor = dispatcher.Cursor;
        if (!waits)
        {
            (known.Cursor, known.CursorAt) = (cursor, null);
        }
        else if (known.Cursor != cursor || known.CursorAt is null)
        {
            if (partitions()[dispatcher.Partition.Number]?.Ring.Find(cursor) is { } held)
            {
                (known.Cursor, known.CursorAt) = (cursor, held.ReceivedAt);
            }
            else if (HasTurn(known))
            {
                var found = await FindAsync(dispatcher.Partition, cursor, cancellationToken).ConfigureAwait(false);
                (known.Cursor, known.CursorAt) = (cursor, found?.ReceivedAt);
            }
        }
    }

    private async Task LookAtParkedAsync(Dispatcher dispatcher, Known known, long parked, CancellationToken cancellationToken)
    {
        if (parked == 0)
        {
            (known.Parked, known.ParkedAt) = (null, null);
            return;
        }

        if (!HasTurn(known))
        {
            return;
        }

        try
        {
            var position = await dispatcher.Partition.State.FindOldestParkedAsync(dispatcher.Name, cancellationToken).ConfigureAwait(false);
            if (position == known.Parked && known.ParkedAt is not null)
            {
                return;
            }

            var found = position is { } at ? await FindAsync(dispatcher.Partition, at, cancellationToken).ConfigureAwait(false) : null;
            (known.Parked, known.ParkedAt) = (position, found?.ReceivedAt);
        }
        catch (Exception exception) when (exception is LogUnavailableException or GenerationMovedException or IOException)
        {
            // As of the last look.
        }
    }

    // The same for all looks that one dispatcher wants in a round.
    private bool HasTurn(Known known)
    {
        if (known.HasTurn is { } decided)
        {
            return decided;
        }

        var among = Math.Max(LooksARound, _wantingBefore);
        var place = _wanting++ - _begin;
        known.HasTurn = (place < 0 ? place + among : place) < LooksARound;
        return known.HasTurn.Value;
    }

    private static DateTimeOffset? Earlier(DateTimeOffset? a, DateTimeOffset? b) => a is null ? b : b is null || a < b ? a : b;

    private sealed class Known
    {
        public long Round { get; set; }

        public bool? HasTurn { get; set; }

        public long Cursor { get; set; }

        public DateTimeOffset? CursorAt { get; set; }

        public long? Parked { get; set; }

        public DateTimeOffset? ParkedAt { get; set; }
    }
}
