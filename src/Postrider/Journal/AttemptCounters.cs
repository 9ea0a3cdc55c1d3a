using Postrider.Events;

namespace Postrider.Journal;

/// <summary>
/// Counts the attempts of one destination in one partition, without locks, allocation or a look at the clock. Its dispatcher's pump alone
/// counts, one alone takes; a figure that is just being counted is taken the next time.
/// </summary>
internal sealed class AttemptCounters
{
    // A destination of one's own names its failures; what it names beyond these goes together.
    private const int MaxClasses = 24;
    private const string OtherClass = "other";

    private int[]? _durations;
    private int[]? _takenDurations;
    private ErrorCount[] _errors = [];
    private long _delivered;
    private long _retried;
    private long _rejected;
    private (long Delivered, long Retried, long Rejected) _taken;
    private NewestDelivery _newest;
    private bool _hasNewest;

    /// <summary>The newest event delivered that was not kept. For the pump's thread.</summary>
    public NewestDelivery? Newest => _newest.Number > 0 ? _newest : null;

    /// <summary>There is one. For any thread; the pump knows better.</summary>
    public bool HasNewest => Volatile.Read(ref _hasNewest);

    public void Deliver(TimeSpan duration)
    {
        CountDuration(duration);
        Volatile.Write(ref _delivered, _delivered + 1);
    }

    /// <summary>Remembers it until a newer one comes, or until it was kept.</summary>
    public void SetNewest(LogPosition place, long endedAt, TimeSpan duration, int number, int? status)
    {
        _newest = new NewestDelivery(place, endedAt, duration, number, status);
        Volatile.Write(ref _hasNewest, true);
    }

    public void ClearNewest()
    {
        _newest = default;
        Volatile.Write(ref _hasNewest, false);
    }

    public void Fail(bool rejected, string? errorClass, TimeSpan duration)
    {
        CountDuration(duration);
        var error = Find(errorClass ?? "unknown");
        Volatile.Write(ref error.Count, error.Count + 1);
        if (rejected)
        {
            Volatile.Write(ref _rejected, _rejected + 1);
        }
        else
        {
            Volatile.Write(ref _retried, _retried + 1);
        }
    }

    /// <summary>Adds what was counted since the last time.</summary>
    public void TakeInto(DestinationFigures figures)
    {
        var (delivered, retried, rejected) = (Volatile.Read(ref _delivered), Volatile.Read(ref _retried), Volatile.Read(ref _rejected));
        if ((delivered, retried, rejected) == _taken)
        {
            return;
        }

        figures.Delivered += delivered - _taken.Delivered;
        figures.Retried += retried - _taken.Retried;
        figures.Rejected += rejected - _taken.Rejected;
        _taken = (delivered, retried, rejected);
        TakeDurations(figures);
        foreach (var error in Volatile.Read(ref _errors))
        {
            var count = Volatile.Read(ref error.Count);
            if (count > error.Taken)
            {
                figures.AddErrors(error.Class, count - error.Taken);
                error.Taken = count;
            }
        }
    }

    private void TakeDurations(DestinationFigures figures)
    {
        if (Volatile.Read(ref _durations) is not { } durations)
        {
            return;
        }

        _takenDurations ??= new int[LatencyBuckets.Count];
        for (var i = 0; i < durations.Length; i++)
        {
            // Right also when the counter has gone around.
            var count = Volatile.Read(ref durations[i]);
            if (unchecked((uint)(count - _takenDurations[i])) is > 0 and var more)
            {
                figures.AddDurations(i, more);
                _takenDurations[i] = count;
            }
        }
    }

    private void CountDuration(TimeSpan duration)
    {
        if (_durations is null)
        {
            Volatile.Write(ref _durations, new int[LatencyBuckets.Count]);
        }

        ref var bucket = ref _durations![LatencyBuckets.IndexOf(duration)];
        Volatile.Write(ref bucket, unchecked(bucket + 1));
    }

    private ErrorCount Find(string errorClass)
    {
        foreach (var error in _errors)
        {
            if (error.Class == errorClass)
            {
                return error;
            }
        }

        if (_errors.Length == MaxClasses && errorClass != OtherClass)
        {
            return Find(OtherClass);
        }

        var added = new ErrorCount(errorClass);
        Volatile.Write(ref _errors, [.. _errors, added]);
        return added;
    }

    private sealed class ErrorCount(string errorClass)
    {
        public readonly string Class = errorClass;
        public long Count;
        public long Taken;
    }
}
