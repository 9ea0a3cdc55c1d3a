namespace Postrider.Journal;

/// <summary>One destination's figures over a stretch of time.</summary>
internal sealed class DestinationFigures
{
    public long Delivered { get; set; }

    public long Retried { get; set; }

    public long Rejected { get; set; }

    /// <summary>At the end of the time.</summary>
    public long Lag { get; set; }

    /// <summary>Age of the oldest event that waits, at the end of the time, in milliseconds; 0: none does.</summary>
    public long OldestMilliseconds { get; set; }

    /// <summary>Attempts by <see cref="LatencyBuckets"/>; null: there were none.</summary>
    public long[]? Durations { get; private set; }

    /// <summary>Failures by class; null: there were none.</summary>
    public Dictionary<string, long>? Errors { get; private set; }

    public bool IsEmpty => (Delivered | Retried | Rejected | Lag | OldestMilliseconds) == 0;

    public void AddDurations(int bucket, long count) => (Durations ??= new long[LatencyBuckets.Count])[bucket] += count;

    public void AddErrors(string errorClass, long count)
    {
        Errors ??= new Dictionary<string, long>(StringComparer.Ordinal);
        Errors[errorClass] = Errors.GetValueOrDefault(errorClass) + count;
    }

    /// <summary>Goes on with a later stretch; null: nothing happened there and nothing waited.</summary>
    public void Append(DestinationFigures? later)
    {
        Lag = later?.Lag ?? 0;
        OldestMilliseconds = later?.OldestMilliseconds ?? 0;
        if (later is null)
        {
            return;
        }

        Delivered += later.Delivered;
        Retried += later.Retried;
        Rejected += later.Rejected;
        for (var i = 0; i < later.Durations?.Length; i++)
        {
            if (later.Durations[i] > 0)
            {
                AddDurations(i, later.Durations[i]);
            }
        }

        foreach (var (errorClass, count) in later.Errors ?? [])
        {
            AddErrors(errorClass, count);
        }
    }
}
