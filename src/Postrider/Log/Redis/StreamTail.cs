using Microsoft.Extensions.Logging;
using Postrider.Diagnostics;
using Postrider.Events;

namespace Postrider.Log.Redis;

/// <summary>
/// Makes stored events known, in order and without gaps: what this process appended is handed over in memory while it stands right at the
/// end; behind a gap (another gateway's events, or ours whose answer was lost) it must be read from the stream, and is given in here.
/// </summary>
internal sealed partial class StreamTail(long end, ILogger logger)
{
    private readonly Lock _lock = new();
    private long _end = end;
    private long _stored = end;
    private Action<CommittedBatch>? _listener;

    /// <summary>All below it are known.</summary>
    public long End => Volatile.Read(ref _end);

    /// <summary>All below it are stored, as far as this process has heard.</summary>
    public long Stored => Volatile.Read(ref _stored);

    public bool IsBehind => End < Stored;

    public bool HasListener => Volatile.Read(ref _listener) is not null;

    public void Listen(Action<CommittedBatch> listener)
    {
        lock (_lock)
        {
            Volatile.Write(ref _listener, _listener is null ? listener : throw new InvalidOperationException("The partition has a listener already."));
        }
    }

    /// <summary>Someone stored events: all below <paramref name="stored"/> exist.</summary>
    public void Learn(long stored)
    {
        lock (_lock)
        {
            Note(stored);
        }
    }

    /// <summary>Events that were stored or read, with consecutive positions.</summary>
    public void Offer(long first, IReadOnlyList<Event> events)
    {
        lock (_lock)
        {
            Note(first + events.Count);
            var known = _end - first;
            if (known < 0 || known >= events.Count)
            {
                return;
            }

            var batch = known == 0 ? events : [.. events.Skip((int)known)];
            Volatile.Write(ref _end, first + events.Count);
            try
            {
                // Under the lock, because two may publish: the writer, and who reads what it missed.
                _listener?.Invoke(new CommittedBatch(first + known, batch));
            }
#pragma warning disable CA1031 // Whatever a listener throws, the events are durable and their clients must hear so.
            catch (Exception e)
#pragma warning restore CA1031
            {
                Log.ListenerFailed(logger, e);
            }
        }
    }

    private void Note(long stored)
    {
        if (stored > _stored)
        {
            Volatile.Write(ref _stored, stored);
        }

        // Nobody to tell: nothing need be read.
        if (_listener is null && _stored > _end)
        {
            Volatile.Write(ref _end, _stored);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(LogEvents.RedisListenerFailed, LogLevel.Error, "The log's listener failed.")]
        public static partial void ListenerFailed(ILogger logger, Exception exception);
    }
}
