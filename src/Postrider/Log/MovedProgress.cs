namespace Postrider.Log;

/// <summary>Builds one destination's progress in one partition of the log that events are copied to, event by event.</summary>
internal sealed class MovedProgress(long first)
{
    private readonly List<long> _outstanding = [];

    // From here on, nothing that was seen is settled.
    private long _read = first;
    private long _next = first;
    private long? _start;

    /// <summary>The first position that was meant for the destination, or the end.</summary>
    public long Start => _start ?? _next;

    public Progress Progress => new(_read, _outstanding);

    public int Parked { get; set; }

    /// <summary>The next event of the partition.</summary>
    public void Add(long position, bool isMeant, bool isSettled)
    {
        if (position != _next)
        {
            throw new InvalidOperationException($"Position {position} came where {_next} was expected: someone else writes to the log.");
        }

        _next++;
        _start ??= isMeant ? position : null;
        if (isSettled)
        {
            for (var unsettled = _read; unsettled < position; unsettled++)
            {
                _outstanding.Add(unsettled);
            }

            _read = position + 1;
        }
    }
}
