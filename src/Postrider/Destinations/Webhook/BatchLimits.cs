namespace Postrider.Destinations.Webhook;

/// <summary>How large batches may be: as the settings say, or, where the receiver refuses those as too large, as large as it was seen to take.</summary>
/// <remarks>
/// A limit that was lowered grows back by an eighth after some full batches. Where that was too much it returns to what is known to be taken,
/// not to half of it, and waits twice as long until the next try: so a receiver whose limit is fixed is asked for more ever less often.
/// </remarks>
internal sealed class BatchLimits(BatchSize most)
{
    private const int FirstPatience = 16;
    private const int LongestPatience = 4096;

    private readonly Lock _lock = new();
    private volatile int _events = most.Events;
    private long _bytes = most.Bytes;
    private BatchSize _known;
    private int _patience = FirstPatience;
    private int _full;

    public int MaxEvents => _events;

    public long MaxBytes => Interlocked.Read(ref _bytes);

    private BatchSize Now
    {
        get => new(_events, MaxBytes);
        set
        {
            _events = Math.Max(1, value.Events);
            Interlocked.Exchange(ref _bytes, Math.Max(1, value.Bytes));
        }
    }

    /// <summary>A batch was taken whole.</summary>
    public void Accept(IReadOnlyList<DeliveryAttempt> batch)
    {
        if (Now == most)
        {
            return;
        }

        var size = BatchSize.Of(batch);
        lock (_lock)
        {
            var now = Now;
            var isFull = size.Events >= now.Events || size.Bytes >= now.Bytes - (now.Bytes / 8);
            if (!isFull || ++_full < _patience)
            {
                return;
            }

            _full = 0;
            _known = now;
            Now = new BatchSize(
                Math.Min(most.Events, now.Events + Math.Max(1, now.Events / 8)),
                Math.Min(most.Bytes, now.Bytes + Math.Max(1, now.Bytes / 8)));
        }
    }

    /// <summary>A batch was refused for its size.</summary>
    /// <param name="refused">How large it was.</param>
    /// <param name="accepted">The largest of its parts that was taken; null: none was.</param>
    public void Refuse(BatchSize refused, BatchSize? accepted)
    {
        lock (_lock)
        {
            var now = Now;
            _full = 0;
            if (!refused.FitsInto(_known) && _known != default)
            {
                // Several may be in flight with the limits of before: only one made within those of now was a try to grow.
                _patience = refused.FitsInto(now) ? Math.Min(_patience * 2, LongestPatience) : _patience;
            }
            else
            {
                _known = accepted ?? new BatchSize(refused.Events / 2, refused.Bytes / 2);
            }

            Now = new BatchSize(Math.Min(now.Events, _known.Events), Math.Min(now.Bytes, _known.Bytes));
        }
    }
}
