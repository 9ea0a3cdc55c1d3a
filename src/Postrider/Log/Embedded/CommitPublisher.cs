using Microsoft.Extensions.Logging;
using Postrider.Diagnostics;

namespace Postrider.Log.Embedded;

/// <summary>Makes durable batches known: to readers by the end, to the listener by a call, to their clients by completion.</summary>
internal sealed partial class CommitPublisher(long end, ILogger logger)
{
    private readonly Lock _lock = new();
    private long _durableEnd = end;
    private Action<CommittedBatch>? _listener;

    public long DurableEnd => Volatile.Read(ref _durableEnd);

    public void Listen(Action<CommittedBatch> listener)
    {
        lock (_lock)
        {
            if (_listener is not null)
            {
                throw new InvalidOperationException("The log has a listener already.");
            }

            _listener = listener;
        }
    }

    public void Publish(AppendBatch batch)
    {
        Action<CommittedBatch>? listener;

        // Together: a listener set meanwhile either gets this batch or finds its end in the durable end.
        lock (_lock)
        {
            Volatile.Write(ref _durableEnd, batch.First + batch.Events.Count);
            listener = _listener;
        }

        try
        {
            listener?.Invoke(new CommittedBatch(batch.First, batch.Events));
        }
#pragma warning disable CA1031 // Whatever a listener throws, the events are durable and their clients must hear so.
        catch (Exception e)
#pragma warning restore CA1031
        {
            Log.ListenerFailed(logger, e);
        }

        batch.Complete();
    }

    private static partial class Log
    {
        [LoggerMessage(LogEvents.LogListenerFailed, LogLevel.Error, "The log's listener failed.")]
        public static partial void ListenerFailed(ILogger logger, Exception exception);
    }
}
