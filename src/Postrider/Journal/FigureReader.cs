namespace Postrider.Journal;

/// <summary>Reads a stored row without making objects of it: first its head, then with <see cref="Next"/> one destination after the other.</summary>
internal ref struct FigureReader
{
    private ReadOnlySpan<byte> _rest;
    private bool _hasDetails;

    /// <exception cref="InvalidDataException">The bytes are no row of this version.</exception>
    public FigureReader(ReadOnlySpan<byte> bytes)
    {
        _rest = bytes;
        if (Take() != FigureCodec.Version)
        {
            throw new InvalidDataException("The row of the history is of another version.");
        }

        Start = Take();
        Length = (int)Take();
        CoveredMilliseconds = Take();
        Accepted = Take();
        Refused = Take();
        LogBytes = Take();
    }

    public long Start { get; }

    public int Length { get; }

    public long CoveredMilliseconds { get; }

    public long Accepted { get; }

    public long Refused { get; }

    public long LogBytes { get; }

    public int Name { get; private set; }

    public long Delivered { get; private set; }

    public long Retried { get; private set; }

    public long Rejected { get; private set; }

    public long Lag { get; private set; }

    public long OldestMilliseconds { get; private set; }

    /// <summary>Goes to the next destination; false: there is none.</summary>
    public bool Next()
    {
        if (_hasDetails)
        {
            ReadDetails([], null);
        }

        if (_rest.IsEmpty)
        {
            return false;
        }

        Name = (int)Take();
        Delivered = Take();
        Retried = Take();
        Rejected = Take();
        Lag = Take();
        OldestMilliseconds = Take();
        _hasDetails = true;
        return true;
    }

    /// <summary>Adds the destination's durations by bucket, and its failures by the number of their class.</summary>
    public void ReadDetails(scoped Span<long> durations, Dictionary<int, long>? errors)
    {
        _hasDetails = false;
        var bucket = 0;
        for (var left = Take(); left > 0; left--)
        {
            bucket += (int)Take();
            var count = Take();
            if (bucket < durations.Length)
            {
                durations[bucket] += count;
            }
        }

        for (var left = Take(); left > 0; left--)
        {
            var name = (int)Take();
            var count = Take();
            if (errors is not null)
            {
                errors[name] = errors.GetValueOrDefault(name) + count;
            }
        }
    }

    private long Take() => Varint.Read(ref _rest);
}
