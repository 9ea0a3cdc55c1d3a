using System.Buffers;
using System.Text;
using Postrider.Events;

namespace Postrider.Destinations;

/// <summary>An event that no log holds: for the tests of a destination. Every member has a usable default.</summary>
public sealed record SampleEvent
{
    private const string SampleLog = "sample";

    /// <summary>The document, as JSON. Default: what <c>POST /publish</c> takes, from <c>user-1</c>. It is not checked.</summary>
    public string Body { get; init; } = """{"userId":"user-1","payload":{}}""";

    /// <summary>The ordering key. Default <c>user-1</c>; null: the event has no order.</summary>
    public string? Key { get; init; } = "user-1";

    /// <summary>The event's id, without a dot. Null (the default): one made from <see cref="Position"/>, as a log would.</summary>
    public string? Id { get; init; }

    /// <summary>The position in the log, from which the sequence follows; from 1, the default. Give each event of a test its own.</summary>
    public long Position { get; init; } = 1;

    /// <summary>The name of the source. Default <c>app</c>.</summary>
    public string Source { get; init; } = "app";

    /// <summary>The event's type. Default null: its source gives none.</summary>
    public string? Type { get; init; }

    /// <summary>The W3C <c>traceparent</c> of the request that brought it. Default null: there was none.</summary>
    public string? TraceParent { get; init; }

    /// <summary>When the gateway received it, kept to the millisecond. Default: the start of the year 2026 in UTC.</summary>
    public DateTimeOffset ReceivedAt { get; init; } = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>The event, as a destination gets it.</summary>
    public Event ToEvent()
    {
        var draft = new EventDraft
        {
            Source = Source,
            Key = Encoding.UTF8.GetBytes(Key ?? ""),
            Type = Type,
            ReceivedAt = ReceivedAt,
            TraceParent = TraceParent,
            OwnId = Id,
        };
        var made = Event.Create(draft, new ReadOnlySequence<byte>(Encoding.UTF8.GetBytes(Body)));
        made.PlaceAt(SampleLog, new LogPosition(0, 0, Position));
        return made;
    }

    /// <summary>An attempt to deliver it.</summary>
    /// <param name="attempt">1 for the first attempt.</param>
    public DeliveryAttempt ToAttempt(int attempt = 1) => new(ToEvent(), attempt);
}
