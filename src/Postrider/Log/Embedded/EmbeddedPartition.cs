using Microsoft.Data.Sqlite;
using Postrider.Events;

namespace Postrider.Log.Embedded;

/// <summary>The embedded log's only partition.</summary>
internal sealed class EmbeddedPartition(string logId, SegmentSet segments, SegmentReader reader, GroupCommit commit, StateDatabase database, StateStore state) : ILogPartition
{
    public int Number => 0;

    public long Generation => 0;

    public long GenerationStart => 1;

    public long FirstPosition => segments.First;

    public long EndPosition => commit.DurableEnd;

    public Task<ILogPartition> Successor { get; } = new TaskCompletionSource<ILogPartition>().Task;

    public IStateStore State => state;

    public long GenerationOf(long position) => 0;

    public void Listen(Action<CommittedBatch> listener) => commit.Listen(listener);

    public ValueTask<IReadOnlyList<Event>> ReadAsync(long from, long before, int maxBytes, CancellationToken cancellationToken)
    {
        before = Math.Min(before, commit.DurableEnd);
        return from >= before
            ? ValueTask.FromResult<IReadOnlyList<Event>>([])
            // A cold read blocks its thread; the caller's must not be it.
            : new ValueTask<IReadOnlyList<Event>>(Task.Run(() => reader.Read(from, before, maxBytes), cancellationToken));
    }

    public ValueTask<EventsBack> ReadBackAsync(long before, int maxBytes, CancellationToken cancellationToken)
    {
        before = Math.Min(before, commit.DurableEnd);
        return before <= segments.First
            ? ValueTask.FromResult(new EventsBack([], before))
            : new ValueTask<EventsBack>(Task.Run(() => reader.ReadBack(before, maxBytes), cancellationToken));
    }

    public async ValueTask<Event?> GetAsync(long position, CancellationToken cancellationToken)
    {
        if (position < 1 || position >= commit.DurableEnd)
        {
            return null;
        }

        return await Task.Run(() => reader.Find(position), cancellationToken).ConfigureAwait(false)
            ?? await database.ReadAsync(connection => FindKept(connection, position), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>For the state's own thread: looks in the segments, then among the kept bodies.</summary>
    public Event? Find(SqliteConnection connection, long position) => reader.Find(position) ?? FindKept(connection, position);

    private Event? FindKept(SqliteConnection connection, long position)
    {
        using var statement = new Statement(connection, "SELECT bytes FROM body WHERE pos = $1");
        return statement.Scalar(position) is byte[] bytes ? Event.Restore(bytes, logId, new LogPosition(0, 0, position)) : null;
    }
}
