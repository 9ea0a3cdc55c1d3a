using System.Text;

namespace Postrider.Journal;

/// <summary>Which attempts are looked for; what is null does not narrow.</summary>
internal sealed class AttemptQuery(string? eventId, string? destination, bool failedOnly, int limit)
{
    private readonly byte[]? _eventId = eventId is null ? null : Encoding.UTF8.GetBytes(eventId);
    private readonly byte[]? _destination = destination is null ? null : Encoding.UTF8.GetBytes(destination);

    public bool FailedOnly => failedOnly;

    public int Limit => limit;

    public string? Destination => destination;

    /// <summary>Compares the bytes, so that only what is found becomes an object.</summary>
    public bool Matches(in AttemptReader attempt) =>
        (!failedOnly || !attempt.Delivered)
        && (_eventId is null || attempt.EventId.SequenceEqual(_eventId))
        && (_destination is null || attempt.Destination.SequenceEqual(_destination));
}
