using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;
using Postrider.Diagnostics;
using Postrider.Events;

namespace Postrider.Log.Embedded;

/// <summary>
/// Has the window of repeats outlive the process and the segments: what stands in sealed segments is kept in <c>state.db</c>, packed,
/// before any of them is unlinked; the rest is read from the events at start.
/// </summary>
internal sealed partial class RepeatStore(StateDatabase database, RepeatWindow window, TimeProvider time, ILogger logger)
{
    private const int EntriesPerRow = 8192;
    private const int ReadBytes = 2 << 20;

    // Rows whose windows are over do no harm; they are looked for now and then.
    private static readonly TimeSpan PruneEvery = TimeSpan.FromHours(1);

    // Truncation may come while the events are still being read.
    private readonly TaskCompletionSource _loaded = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _savedTo;
    private DateTimeOffset _nextPrune;

    /// <summary>Fills the window as it was when the last process stood still.</summary>
    public async Task LoadAsync(SegmentSet segments, SegmentReader reader, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        _savedTo = await database.EnqueueAsync(
            connection =>
            {
                Load(connection, now);
                return StateMeta.ReadRepeatsTo(connection);
            },
            cancellationToken).ConfigureAwait(false);
        await Task.Run(() => Scan(segments, reader, now), cancellationToken).ConfigureAwait(false);
        _loaded.SetResult();
    }

    /// <summary>Keeps what stands below a position in the state. Every sealed segment is kept so before it goes.</summary>
    public async Task SaveAsync(long before, CancellationToken cancellationToken)
    {
        await _loaded.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        var now = time.GetUtcNow();
        if (before <= _savedTo && now < _nextPrune)
        {
            return;
        }

        await database.WriteAsync(connection => Save(connection, before, now), cancellationToken).ConfigureAwait(false);
        _savedTo = Math.Max(_savedTo, before);
        _nextPrune = now + PruneEvery;
    }

    private void Load(SqliteConnection connection, DateTimeOffset now)
    {
        using var statement = new Statement(connection, "SELECT entries FROM repeats WHERE until > $1 ORDER BY first");
        using var row = statement.Query(now.ToUnixTimeMilliseconds());
        while (row.Read())
        {
            var entries = row.GetFieldValue<byte[]>(0).AsSpan();
            for (; entries.Length >= RepeatEntry.Length; entries = entries[RepeatEntry.Length..])
            {
                window.Restore(RepeatEntry.Read(entries), now);
            }
        }
    }

    private void Scan(SegmentSet segments, SegmentReader reader, DateTimeOffset now)
    {
        foreach (var segment in segments.All)
        {
            var from = Math.Max(segment.First, _savedTo);
            try
            {
                while (from < segment.End)
                {
                    var events = reader.Read(from, segment.End, ReadBytes);
                    foreach (var @event in events)
                    {
                        Remember(@event, now);
                    }

                    from = events[^1].Position + 1;
                }
            }
            catch (Exception e) when (e is LogCorruptException or NewerEnvelopeException)
            {
                // Events are delivered or refused by those who read them; here a few repeats may pass for new ones.
                Log.EventsUnreadable(logger, e, from, segment.End - 1);
            }
        }
    }

    private void Remember(Event @event, DateTimeOffset now)
    {
        if (@event.RepeatKey is { } key)
        {
            window.Restore(new RepeatEntry(key.Id, key.Body, @event.Position, key.Until.ToUnixTimeMilliseconds()), now);
        }
    }

    private int Save(SqliteConnection connection, long before, DateTimeOffset now)
    {
        using var add = new Statement(connection, "INSERT OR REPLACE INTO repeats(first, before, until, entries) VALUES($1, $2, $3, $4)");
        var entries = new RepeatEntry[EntriesPerRow];
        for (var from = _savedTo; from < before;)
        {
            var count = window.Copy(from, before, entries);
            if (count == 0)
            {
                break;
            }

            var kept = entries.AsSpan(0, count);
            from = kept[^1].Position + 1;
            add.Run(kept[0].Position, from, Latest(kept), Pack(kept));
        }

        if (before > _savedTo)
        {
            StateMeta.SetRepeatsTo(connection, before);
        }

        // What the window had to forget is forgotten here too.
        using var prune = new Statement(connection, "DELETE FROM repeats WHERE until <= $1 OR before <= $2");
        return prune.Run(now.ToUnixTimeMilliseconds(), window.Oldest ?? 0);
    }

    private static long Latest(ReadOnlySpan<RepeatEntry> entries)
    {
        var latest = long.MinValue;
        foreach (var entry in entries)
        {
            latest = Math.Max(latest, entry.Until);
        }

        return latest;
    }

    private static byte[] Pack(ReadOnlySpan<RepeatEntry> entries)
    {
        var packed = new byte[entries.Length * RepeatEntry.Length];
        for (var i = 0; i < entries.Length; i++)
        {
            entries[i].Write(packed.AsSpan(i * RepeatEntry.Length));
        }

        return packed;
    }

    private static partial class Log
    {
        [LoggerMessage(LogEvents.RepeatsUnreadable, LogLevel.Warning,
            "Positions {From} to {Last} could not be read whole at start: repeats of events among them are taken for new ones.")]
        public static partial void EventsUnreadable(ILogger logger, Exception exception, long from, long last);
    }
}
